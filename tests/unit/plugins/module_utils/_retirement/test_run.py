# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud as _cloud
from ansible_collections.novafleet.compute.plugins.module_utils._nova import instances, placement, services
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import run as _retirement
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.run import (
    Retirement,
    RetirementOptions,
    RetirementRefused,
)


class Cloud:
    """Replaces the modules of _nova: a nova, a placement and the containers. calls has the changes."""

    def __init__(self, *hosts):
        self.records = {
            host: dict(host=host, id="id-" + host, state="up", status="enabled", forced_down=False) for host in hosts
        }
        self.nodes = {host: "node-" + host for host in hosts}
        self.allocations = {"node-" + host: [] for host in hosts}
        self.notes, self.placement_fails, self.began, self.refusal = {}, False, [], None
        self.servers, self.moves, self.alive, self.contained = {}, {}, set(hosts), set(hosts)
        self.calls, self.kill_after, self.on_disable, self.on_sleep = [], None, lambda: None, lambda: None
        self.kind, self.status = "fake", "ACTIVE"

    def read(self, _nova):
        nodes = [dict(id=node, host=host, name=host, type=self.kind) for host, node in self.nodes.items()]
        return copy.deepcopy(dict(services=list(self.records.values()), hypervisors=nodes))

    def instances(self, _nova, hosts):
        return [dict(id=one, name="vm-" + one, host=host) for host in hosts for one in self.servers.get(host, ())]

    def instance_names(self, _nova, ids):
        return {one: "vm-" + one for one in ids}

    def migrations(self, _nova, host):
        return self.moves.get(host, [])

    def note(self, _nova, providers, host):
        self.notes.setdefault(host, set()).update(providers)

    def noted(self, _nova, host):
        return self.notes.get(host, set()) & set(self.allocations)

    def delete_providers(self, _nova, providers):
        for one in providers:
            assert not self.allocations.pop(one)
            self._changed("clean", one)

    def providers(self, _nova, host, nodes, others):
        assert not set(nodes) & set(others)
        return {node: self.allocations[node] for node in nodes if node in self.allocations}

    def beating(self, _nova, hosts, _seconds):
        return sorted(set(hosts) & self.alive)

    def disable(self, _nova, service, reason):
        host = service.removeprefix("id-")
        self.records[host].update(status="disabled", disabled_reason=reason)
        self.on_disable()
        self._changed("disable", host)

    def server(self, _nova, instance):
        return dict(id=instance, status=self.status, task_state=None)

    def move(self, _nova, instance, how):
        self.began.append((instance, how))
        if self.refusal:
            return self.refusal
        self.moves.setdefault("a", []).append(
            dict(id="m" + instance, server_id=instance, name="", type="live-migration", status="running", source="a")
        )
        return None

    def move_on(self):
        """Complete all running moves."""
        for one in self.moves.get("a", []):
            if one["status"] == "running":
                one["status"] = "completed"
                self.servers["a"].remove(one["server_id"])

    def delete(self, _nova, service):
        host = service["host"]
        assert host not in self.alive | self.contained and not self.servers.get(host)
        node = self.nodes.pop(host)
        if not self.placement_fails:
            self.allocations.pop(node)
        del self.records[host]
        self._changed("delete", host)

    def remove(self, host):
        assert self.records[host]["status"] == "disabled" and not self.servers.get(host)
        self.contained.discard(host)
        self.alive.discard(host)
        self._changed("remove", host)

    def _changed(self, what, host):
        self.calls.append((what, host))
        if self.kill_after is not None and len(self.calls) == self.kill_after:
            raise KeyboardInterrupt


@pytest.fixture
def cloud(monkeypatch):
    fake = Cloud("a", "b", "other")
    for module, names in (
        (services, ("read", "beating", "disable", "delete")),
        (instances, ("instances", "instance_names", "migrations", "server", "move")),
        (placement, ("providers", "noted", "note", "delete_providers")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(fake, name))
    monkeypatch.setattr(_retirement.time, "sleep", lambda _seconds: fake.on_sleep())
    return fake


def call(cloud, *hosts, **options):
    """One call of the module."""
    return Retirement(None, list(hosts), cloud.contained & set(hosts), RetirementOptions("gone", **options))


def whole(cloud, *hosts, **options):
    """Run the steps of the role."""
    call(cloud, *hosts, **options).run()
    for host in sorted(cloud.contained & set(hosts)):
        cloud.remove(host)
    call(cloud, *hosts, **options).run()


def test_all_are_disabled_before_the_first_is_taken_away(cloud):
    whole(cloud, "a", "b")
    assert cloud.calls == [(step, host) for step in ("disable", "remove", "delete") for host in "ab"]
    assert (list(cloud.records), list(cloud.nodes), list(cloud.allocations)) == (["other"], ["other"], ["node-other"])


def test_a_second_time_changes_nothing(cloud):
    whole(cloud, "a")
    before = len(cloud.calls)
    assert call(cloud, "a").run() == {"a": []}
    assert len(cloud.calls) == before


@pytest.mark.parametrize("after", range(1, 7))
def test_a_run_that_was_interrupted_is_finished_by_the_next(cloud, after):
    cloud.kill_after = after
    with pytest.raises(KeyboardInterrupt):
        whole(cloud, "a", "b")
    whole(cloud, "a", "b")
    assert sorted(cloud.calls) == sorted((step, host) for step in ("disable", "remove", "delete") for host in "ab")
    assert list(cloud.records) == ["other"]


def test_one_instance_refuses_all_and_changes_nothing(cloud):
    cloud.servers["b"] = ["u1", "u2"]
    with pytest.raises(RetirementRefused) as refused:
        call(cloud, "a", "b").run()
    assert refused.value.args[0] == [
        f"b: instance vm-{one} ({one}) is on it: move or delete it." for one in ("u1", "u2")
    ]
    assert cloud.calls == []


def test_a_boot_that_came_in_between_refuses_and_leaves_it_disabled(cloud):
    cloud.on_disable = lambda: cloud.allocations["node-a"].append("u1")
    run = call(cloud, "a")
    with pytest.raises(RetirementRefused, match=r"a: allocation vm-u1 \(u1\)"):
        run.run()
    assert (run.done, cloud.records["a"]["status"]) == ({"a": ["disable"]}, "disabled")


def test_an_instance_that_appears_after_the_container_is_gone_keeps_the_record(cloud):
    call(cloud, "a").run()
    cloud.remove("a")
    cloud.servers["a"] = ["u1"]
    with pytest.raises(RetirementRefused):
        call(cloud, "a").run()
    assert "a" in cloud.records


def test_a_heartbeat_without_a_container_refuses_before_anything_is_changed(cloud):
    cloud.contained.discard("a")
    with pytest.raises(RetirementRefused, match="a: another nova-compute runs under"):
        call(cloud, "a", "b").run()
    assert cloud.calls == []


def test_a_provider_that_nova_could_not_delete_is_deleted(cloud):
    cloud.placement_fails = True
    whole(cloud, "a")
    assert cloud.calls == [("disable", "a"), ("remove", "a"), ("delete", "a"), ("clean", "node-a")]


def test_a_provider_that_an_interrupted_run_left_is_deleted_by_the_next(cloud):
    cloud.placement_fails, cloud.kill_after = True, 3
    with pytest.raises(KeyboardInterrupt):
        whole(cloud, "a")
    assert call(cloud, "a").preview() == {"a": ["clean"]}
    assert call(cloud, "a").run() == {"a": ["clean"]}
    assert call(cloud, "a").run() == {"a": []}


def test_a_provider_that_was_left_and_is_in_use_stays(cloud):
    call(cloud, "a").run()
    cloud.remove("a")
    cloud.placement_fails, cloud.allocations["node-a"] = True, []
    run = call(cloud, "a")
    run.look()
    cloud.delete(None, cloud.records["a"])
    cloud.note(None, ["node-a"], "a")
    cloud.allocations["node-a"] = ["u1"]
    with pytest.raises(RetirementRefused, match="a: resource provider node-a is left in placement"):
        run.run()
    assert "node-a" in cloud.allocations


def test_a_provider_that_nobody_noted_is_reported(cloud, monkeypatch):
    monkeypatch.setattr(placement, "note", lambda *_arguments: None)
    call(cloud, "a").run()
    cloud.remove("a")
    cloud.placement_fails = True
    with pytest.raises(RetirementRefused, match="a: resource provider node-a is left in placement"):
        call(cloud, "a").run()


def test_drain_waits_until_the_last_instance_is_gone(cloud):
    cloud.servers["a"] = ["u1", "u2", "u3"]
    cloud.on_sleep = lambda: cloud.servers["a"] and cloud.servers["a"].pop()
    whole(cloud, "a", drain="wait", drain_seconds=60)
    assert cloud.calls == [(step, "a") for step in ("disable", "remove", "delete")]


def test_drain_moves_instances_away(cloud):
    cloud.servers["a"] = ["u1", "u2", "u3"]
    cloud.on_sleep = cloud.move_on
    run = call(cloud, "a", drain="migrate")
    assert run.run() == {"a": ["disable", "move"]}
    assert cloud.began == [("u1", "live"), ("u2", "live"), ("u3", "live")]
    assert [(one["id"], one["host"], one["error"]) for one in run.drain.moves.values()] == [
        (one, "a", None) for one in ("u1", "u2", "u3")
    ]


def test_what_cannot_be_moved_refuses_at_once_and_says_why(cloud):
    cloud.servers["a"] = ["u1"]
    cloud.refusal = "no valid host"
    with pytest.raises(RetirementRefused) as refused:
        call(cloud, "a", drain="migrate").run()
    assert refused.value.args[0] == ["a: instance vm-u1 (u1) could not be moved: no valid host."]
    assert cloud.records["a"]["status"] == "disabled"


def test_a_stopped_instance_of_a_vcenter_cluster_is_not_moved(cloud):
    """nova would have it on the other service, and its machine would still be on this cluster."""
    cloud.servers["a"], cloud.status, cloud.kind = ["u1"], "SHUTOFF", "VMware vCenter Server"
    with pytest.raises(RetirementRefused) as refused:
        call(cloud, "a", drain="migrate").run()
    (problem,) = refused.value.args[0]
    assert problem.startswith("a: instance vm-u1 (u1) could not be moved: it is SHUTOFF, and nova does not move")
    assert cloud.began == [] and cloud.servers["a"] == ["u1"]


def test_drain_gives_up_when_time_is_out(cloud, monkeypatch):
    cloud.servers["a"] = ["u1"]
    clock = iter(range(1000))
    monkeypatch.setattr(_retirement.time, "monotonic", lambda: next(clock))
    run = call(cloud, "a", drain="wait", drain_seconds=10)
    with pytest.raises(RetirementRefused, match="instance vm-u1"):
        run.run()
    assert run.done == {"a": ["disable"]}


def test_preview_tells_the_steps_and_changes_nothing(cloud):
    assert call(cloud, "a", "unknown").preview() == {"a": ["disable", "remove", "delete"], "unknown": []}
    assert cloud.calls == []


def test_preview_refuses_what_a_run_would_refuse(cloud):
    cloud.servers["a"] = ["u1"]
    with pytest.raises(RetirementRefused):
        call(cloud, "a").preview()
    assert call(cloud, "a", drain="wait", drain_seconds=60).preview() == {"a": ["disable", "remove", "delete"]}


def test_the_refusal_says_what_was_changed():
    assert _retirement._refusal(["a: no."], {"a": []}).endswith("Nothing was changed in nova.")
    text = _retirement._refusal(["a: no."], {"a": ["disable"], "b": []})
    assert "Already disabled, so that nova schedules nothing there: a." in text


class Ended(Exception):
    """The module ended."""


class Module:
    """The parts of AnsibleModule that retire() needs."""

    def __init__(self, *hosts, check_mode=False, **params):
        self.check_mode = check_mode
        self.params = dict(
            cloud="mine", clouds_file=None, cloud_config=None, hosts=list(hosts), contained=list(hosts), reason="gone"
        )
        self.params.update(drain="refuse", drain_seconds=60, drain_parallel=2, listen_seconds=25, leave_evacuated=False)
        self.params.update(params)

    def exit_json(self, **result):
        raise Ended(result)

    fail_json = exit_json


def result_of(monkeypatch, module):
    monkeypatch.setattr(_cloud, "connect_by", lambda _params: None)
    with pytest.raises(Ended) as ended:
        _retirement.retire(module)
    return ended.value.args[0]


def test_the_result_tells_the_steps(cloud, monkeypatch):
    services = [dict(host="a", steps=["disable"])]
    assert result_of(monkeypatch, Module("a")) == dict(changed=True, services=services, moves=[], unknown=[])
    services = [dict(host="a", steps=[])]
    assert result_of(monkeypatch, Module("a")) == dict(changed=False, services=services, moves=[], unknown=[])


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_result_names_services_that_nothing_has(cloud, monkeypatch, check_mode):
    module = Module("a", "typo", "contained", contained=["a", "contained"], check_mode=check_mode)
    assert result_of(monkeypatch, module)["unknown"] == ["typo"]


def test_check_mode_would_change(cloud, monkeypatch):
    services = [dict(host="a", steps=["disable", "remove", "delete"])]
    assert result_of(monkeypatch, Module("a", check_mode=True)) == dict(
        changed=True, services=services, moves=[], unknown=[]
    )
    assert cloud.calls == []


def test_a_refusal_after_a_change_admits_it(cloud, monkeypatch):
    cloud.on_disable = lambda: cloud.servers.update(a=["u1"])
    result = result_of(monkeypatch, Module("a"))
    assert result["changed"]
    assert len(result["problems"]) == 1
    assert result["msg"].startswith("Not retired. Problems found: 1.\na: instance vm-u1 (u1)")


def test_a_failure_of_nova_admits_what_was_changed(cloud, monkeypatch):
    call(cloud, "a").run()
    cloud.remove("a")

    def refuse(_nova_, _service):
        raise _cloud.NovaError("a: nova refuses")

    monkeypatch.setattr(services, "delete", refuse)
    result = result_of(monkeypatch, Module("a", "b", contained=["b"]))
    assert (result["msg"], result["changed"]) == ("a: nova refuses", True)


@pytest.mark.parametrize("name", ["A", "a ", " A"])
def test_another_spelling_of_a_service_is_refused(cloud, name):
    with pytest.raises(RetirementRefused) as error:
        call(cloud, name, "b").run()
    assert error.value.args[0] == [f"{name}: services_retire: nova knows this service as a. Write that name."]
    assert not cloud.calls


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_not_all_of_placement(cloud, name):
    with pytest.raises(RetirementRefused) as error:
        call(cloud, name, "b").run()
    assert error.value.args[0] == ["services_retire: has an empty name. Write the names of service hosts."]
    assert not cloud.calls
