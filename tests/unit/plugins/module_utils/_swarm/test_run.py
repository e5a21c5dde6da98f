# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._swarm import carry_out


def actions(result):
    return {one["name"]: one["action"] for one in result["services"]}


def test_it_creates_and_then_has_nothing_to_do(apply, swarm):
    first = apply("a", "b")
    assert not first["failed"] and first["changed"] and first["summary"] == {"create": 2, "failed": 0}, first
    assert swarm.names() == ["nova-compute-a", "nova-compute-b"]
    assert [one["started_at"] is not None for one in first["services"]] == [True, True]
    second = apply("a", "b")
    assert second["changed"] is False and second["summary"] == {"leave": 2, "failed": 0}
    assert swarm.calls == []


def test_requests_of_a_run_with_nothing_to_do_do_not_grow(apply, swarm):
    apply("a")
    apply("a")
    few = len(swarm.reads)
    names = [f"s{number}" for number in range(30)]
    apply(*names)
    apply(*names)
    assert swarm.calls == [] and len(swarm.reads) == few


def test_a_changed_file_is_a_new_secret_and_the_old_one_goes(apply, swarm):
    apply("a", texts={"a": {"nova.conf": "old"}})
    result = apply("a", texts={"a": {"nova.conf": "new"}})
    assert actions(result) == {"a": "restart"} and result["services"][0]["reasons"] == ["nova.conf changed"]
    assert swarm.calls == [("store", "nova.conf"), ("update", "nova-compute-a"), ("discard", "nova.conf")]
    assert swarm.contents() == ["new"]


def test_only_the_lease_program_is_a_config_and_shared_files_exist_once(apply, swarm):
    files = {"lease.py": "program", "ca.pem": "authority"}
    apply("a", "b", texts={name: dict(files, **{"nova.conf": name}) for name in "ab"})
    assert swarm.contents() == ["a", "authority", "b", "program"]
    kinds = {one.labels["novafleet.file"]: one.kind for one in swarm.files.values()}
    assert kinds == {"lease.py": "config", "ca.pem": "secret", "nova.conf": "secret"}
    mounted = swarm.named("nova-compute-a")["Spec"]["TaskTemplate"]["ContainerSpec"]
    targets = [one["File"]["Name"] for one in mounted["Secrets"] + mounted["Configs"]]
    assert targets == ["/etc/nova/ca.pem", "/etc/nova/nova.conf", "/etc/nova/lease.py"]
    assert mounted["Secrets"][0]["File"] | {"Name": ""} == {"Name": "", "UID": "0", "GID": "162", "Mode": 0o640}


def test_another_image_is_tried_on_every_node_first(apply, swarm):
    apply("a")
    result = apply("a", image="reg/nova:2")
    assert actions(result) == {"a": "recreate"} and result["services"][0]["reasons"] == ["image changed"]
    methods = [method for method, _name in swarm.calls]
    assert methods == ["create", "remove", "update"] and swarm.calls[0][1].startswith("novafleet-trial-")
    image = swarm.named("nova-compute-a")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    assert image == "reg/nova:2@sha256:" + "2" * 64


def test_a_node_without_the_image_stops_the_run_before_any_change(apply, swarm):
    swarm.broken["docker2"] = "No such image: reg/nova:1@sha256:1"
    result = apply("a", "b")
    assert result["failed"]
    assert "a and 1 others need, or its settings, fail on docker2: No such image" in result["msg"], result["msg"]
    assert swarm.names() == [] and swarm.contents() == []


def test_a_moved_tag_is_found_and_a_digest_is_not_asked_for(apply, swarm):
    apply("a")
    swarm.registry["reg/nova:1"] = "sha256:" + "3" * 64
    assert actions(apply("a", check=True)) == {"a": "recreate"}
    pinned = "reg/nova:1@sha256:" + "3" * 64
    assert actions(apply("a", image=pinned)) == {"a": "recreate"}
    assert "digest" not in swarm.reads


def test_a_change_by_hand_is_undone(apply, swarm):
    apply("a")
    swarm.named("nova-compute-a")["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] = ["BY=hand"]
    assert apply("a")["services"][0]["reasons"] == ["container settings changed"]
    swarm.named("nova-compute-a")["Spec"]["Mode"]["Replicated"]["Replicas"] = 2
    assert actions(apply("a")) == {"a": "recreate"}
    swarm.named("nova-compute-a")["Spec"]["Mode"]["Replicated"] = {"Replicas": 0}
    assert actions(apply("a")) == {"a": "start"}
    assert actions(apply("a")) == {"a": "leave"}


def test_an_identity_never_changes(apply, swarm):
    apply("a", texts={"a": {"compute_id": "1"}})
    result = apply("a", texts={"a": {"compute_id": "2"}})
    assert result["failed"] and "another identity" in result["msg"] and swarm.calls == []


def test_check_mode_changes_nothing_and_a_diff_has_digests_only(apply, swarm):
    apply("a", texts={"a": {"nova.conf": "password = s3cr3t"}})
    result = apply("a", texts={"a": {"nova.conf": "password = s3cr4t"}}, check=True, diff=True)
    assert result["changed"] and swarm.calls == []
    assert "s3cr" not in str(result) and result["diff"][0]["before"].startswith("sha256:")
    assert result["diff"][1]["after"] == "restart a: nova.conf changed\n"


def test_contents_are_asked_for_only_if_the_swarm_lacks_them(apply, swarm):
    texts = {"a": {"nova.conf": "x"}}
    assert apply("a", texts=texts, sent=False)["needs"] == ["a"] and swarm.calls == []
    assert not apply("a", texts=texts)["failed"]
    swarm.named("nova-compute-a")["Spec"]["Mode"]["Replicated"] = {"Replicas": 0}
    assert actions(apply("a", texts=texts, sent=False)) == {"a": "start"}


def test_another_run_at_the_same_time_is_a_clear_error_and_nothing_is_overwritten(apply, swarm):
    apply("a", "b")

    def by_another(entry):
        entry["Version"]["Index"] += 1
        entry["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] = ["OTHER=run"]

    swarm.foreign_changes["nova-compute-a"] = by_another
    result = apply("a", "b", container=dict(environment=dict(MY="run")))
    errors = {one["name"]: one["error"] for one in result["services"]}
    assert result["failed"] and errors["b"] is None
    assert "changed" in errors["a"] and "Nothing of that change was overwritten. Run again" in errors["a"]
    assert swarm.named("nova-compute-a")["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] == ["OTHER=run"]


def test_a_run_that_is_overtaken_by_another_one_says_so(apply, swarm):
    apply("a")
    ident, real = swarm.named("nova-compute-a")["ID"], swarm.update

    def overtaken(*arguments):
        real(*arguments)
        swarm.entries[ident]["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] = ["OTHER=run"]
        swarm._run(ident)

    swarm.update = overtaken
    result = apply("a", container=dict(environment=dict(MY="run")))
    assert "was changed by another run or an operator meanwhile, so it does not run" in result["services"][0]["error"]


def test_swarms_own_note_of_an_update_is_no_conflict(apply, swarm):
    apply("a")
    swarm.foreign_changes["nova-compute-a"] = lambda entry: entry["Version"].update(Index=99)
    assert not apply("a", texts={"a": {"nova.conf": "new"}})["failed"]


def test_services_of_others_are_left_alone(apply, swarm):
    swarm.create(
        {
            "Name": "nova-compute-a",
            "Labels": {},
            "TaskTemplate": {"ContainerSpec": {"Image": "x"}},
            "Mode": {"Replicated": {"Replicas": 1}},
        }
    )
    result = apply("a")
    assert result["failed"] and "is taken by a service that this collection does not manage" in result["msg"]
    assert not apply("b", prune=True)["failed"] and swarm.names() == ["nova-compute-a", "nova-compute-b"]
    assert apply(state="absent", all=True)["summary"] == {"remove": 1, "failed": 0}
    assert swarm.names() == ["nova-compute-a"] and swarm.contents() == []


def test_a_service_that_is_no_longer_wanted_stays_without_prune(apply, swarm):
    apply("a", "b")
    assert actions(apply("a")) == {"a": "leave", "b": "unwanted"} and swarm.calls == []
    assert actions(apply("a", prune=True)) == {"a": "leave", "b": "remove"}
    assert swarm.names() == ["nova-compute-a"] and len(swarm.contents()) == 1


def test_a_removed_service_must_have_ended(apply, swarm, monkeypatch):
    # Docker's own 10 s stand for a stop_timeout of 0.
    monkeypatch.setattr(carry_out, "SLACK_SECONDS", -10)
    at_once = dict(container={"stop_timeout": 0})
    apply("a", **at_once)
    swarm.stay.add("nova-compute-a")
    result = apply("a", state="absent", **at_once)
    assert result["failed"] and "its task on node docker1 (ready) has not ended: it is running" in result["msg"]


def test_a_task_that_ends_is_an_error_with_its_log(apply, swarm):
    swarm.states["nova-compute-a"] = ("failed", "task: non-zero exit (1)")
    result = apply("a", "b", settle=1)
    errors = {one["name"]: one["error"] for one in result["services"]}
    assert errors["b"] is None and "its task on docker1 failed: task: non-zero exit (1)" in errors["a"]
    assert "log of task-" in errors["a"] and "s3cr3t" not in errors["a"]


def test_a_task_that_finds_no_node_is_an_error_with_swarms_words(apply, swarm):
    swarm.states["nova-compute-a"] = ("pending", "no suitable node (insufficient resources on 3 nodes)")
    result = apply(dict(name="a", container=dict(stop_timeout=0)))
    assert "does not run: task is pending: no suitable node (insufficient" in result["services"][0]["error"]


def test_waves_stop_after_a_failure(apply, swarm):
    apply("a", "b", "c")
    swarm.states["nova-compute-a"] = ("failed", "broken")
    texts = {name: {"nova.conf": "new"} for name in "abc"}
    result = apply("a", "b", "c", texts=texts, max_unavailable="1")
    errors = {one["name"]: one["error"] for one in result["services"]}
    assert "broken" in errors["a"] and errors["b"].startswith("left as it was") and errors["c"] == errors["b"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(image="reg/gone:1"), "image reg/gone:1, which a needs, is not known to its registry"),
        (dict(container=dict(devices=["/dev/kvm"])), "devices: Swarm's API has no devices"),
        (dict(container=dict(runtime="novafleet-dense")), "so the density profile does not work"),
        (dict(container=dict(network_mode="bridge")), "network_mode: bridge, which a needs, is not a network"),
        (dict(pins=dict(a="docker9")), "node docker9 is not in this swarm. It has docker1, docker2, docker3."),
        (dict(pins=dict(b="docker1")), "pins.b: is not one of the services. Remove it."),
        (dict(pins={"A": "docker1"}), "pins.A: is not one of the services. Remove it."),
        (dict(pins=dict(a=None)), "pins.a: None is not a host name of a node. Write one"),
        (dict(pins=dict(a="")), "pins.a: '' is not a host name"),
        (dict(pins=dict(a=["docker1", "docker2"])), "pins.a: ['docker1', 'docker2'] is not a host name"),
        (dict(constraints=["node.labels.rack=1"]), "constraints: 'node.labels.rack=1' is not a constraint of Swarm"),
        (dict(constraints=["node.label.rack==1"]), "is not a constraint of Swarm. Write one such as"),
        (dict(constraints=[""]), "constraints: '' is not a constraint"),
        (dict(fleet=""), "fleet '' is not a name"),
        (dict(container_prefix="x"), "cannot be renamed"),
        (dict(prune=True, memory_per_service_mb=10), None),
    ],
)
def test_what_cannot_be_is_refused_before_any_change(apply, swarm, options, words):
    apply("a")
    result = apply("a", **options)
    if words is None:
        return
    assert result["failed"] and words in result["msg"], result["msg"]
    assert swarm.calls == [] and len(result["problems"]) == 1


def test_no_new_privileges_needs_a_newer_engine(apply, swarm):
    swarm.version = (1, 41)
    result = apply("a", "b")
    assert "security_opt: no-new-privileges needs Docker API 1.44" in result["msg"] and len(result["problems"]) == 1
    assert not apply("a", container=dict(security_opt=[]))["failed"]


def test_memory_and_place_are_swarms_to_keep(apply, swarm):
    swarm.here = [type(node)(**{**vars(node), "memory_bytes": 1024**3}) for node in swarm.here]
    apply("a", memory_per_service_mb=100, pins=dict(a="docker2"), constraints=["node.labels.zone==1"])
    task = swarm.named("nova-compute-a")["Spec"]["TaskTemplate"]
    assert task["Resources"]["Reservations"] == {"MemoryBytes": 100 * 1024**2}
    assert task["Placement"]["Constraints"] == ["node.hostname==docker2", "node.labels.zone==1"]
    assert "memory: 1 services need 2000 MB" in apply("b", memory_per_service_mb=2000)["msg"]


def test_an_empty_file_is_refused_before_any_change(apply, swarm):
    result = apply("a", texts={"a": {"empty": ""}})
    assert "service a: empty is empty, and a secret of Swarm has 1 to 511999 bytes" in result["msg"]
    assert swarm.names() == [] and swarm.contents() == []


def test_leftovers_of_an_interrupted_run_go_after_an_hour(apply, swarm):
    swarm.store("secret", "old", {"novafleet.fleet": "nova", "novafleet.file": "x"}, "x")
    swarm.store("secret", "foreign", {"novafleet.file": "y"}, "y")
    ident = next(iter(swarm.files))
    swarm.files[ident] = type(swarm.files[ident])(**{**vars(swarm.files[ident]), "created": "2020-01-01T00:00:00Z"})
    apply("a")
    assert swarm.contents() == ["[DEFAULT]\nhost = a\n", "y"]
