# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service's first day and its last: it is registered as was said, and retired only when nothing ties it, then wholly.

Whatever an interrupted run leaves, the next one finishes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

import other_apis
import pytest
from helper import compute_nodes, computes, docker, eventually, ids, nova_instance, nova_manage, started

# Whatever the driver is.
pytestmark = pytest.mark.once

REASON = "novafleet.compute, new: CHG0042"
# The aggregate that notes in placement whose a provider was, before nova forgets it.
NOTE = "novafleet.compute:retiring:"


@pytest.fixture(scope="module")
def extra(services, cloud):
    """Names of four more services; what the tests leave of them is removed afterwards."""
    kind = services[0].rpartition("-")[0]
    names = [f"{kind}-{number:03d}" for number in (4, 5, 6, 7)]
    yield names
    for name in names:
        with contextlib.suppress(subprocess.CalledProcessError):
            docker("rm", "--force", f"nova-compute-{name}")
        if name in computes(cloud):
            cloud.compute.delete_service(computes(cloud)[name])


@pytest.fixture(scope="module")
def deploy(inventory_dir, extra, play):
    """A function that deploys them; they are in the inventory for as long as that takes."""
    path = inventory_dir / "four_more.yml"
    group = {"fake": "fake", "cluster": "vcenter"}[extra[0].rpartition("-")[0]]

    def run(**variables):
        path.write_text(json.dumps({"all": {"children": {group: {"hosts": {name: {} for name in extra}}}}}))
        arguments = ("--inventory", str(path), "novafleet.compute.deploy", "--tags", "services")
        try:
            return play(*arguments, "--extra-vars", json.dumps(variables))
        finally:
            path.unlink()

    return run


@pytest.fixture(scope="module")
def retire(extra, play):
    def run(*arguments, names=extra, check=True):
        return play("novafleet.compute.retire", *retire_variables(names), *arguments, check=check)

    return run


def retire_variables(names):
    # What is dead here is known to be dead: there is no need to listen for long.
    return "--extra-vars", json.dumps({"services_retire": names, "services_heartbeat_watch": 3})


@pytest.fixture
def instance(extra):
    """An instance of another project on the first of them, whose resize from the second waits to be confirmed."""
    ident = str(uuid.uuid4())
    nova_instance("create", ident, "web-1", *extra[:2])
    yield ident
    nova_instance("delete", ident)


def state(cloud):
    """All that a retirement may change, as nova, placement and Docker tell it."""
    records = {name: (record.id, record.status) for name, record in computes(cloud).items()}
    providers = {one.id for one in cloud.placement.resource_providers()}
    return records, {name: node.id for name, node in compute_nodes(cloud).items()}, providers, ids()


def test_new_services_come_up_disabled_and_only_those_are_enabled_later(cloud, services, extra, deploy):
    deploy(services_new_state="disabled", services_new_reason="CHG0042")
    found = computes(cloud)
    assert {name: found[name].disabled_reason for name in extra} == dict.fromkeys(extra, REASON)
    assert {found[name].status for name in services} == {"enabled"}
    assert set(extra) <= set(compute_nodes(cloud))
    cloud.compute.disable_service(found[extra[0]].id, disabled_reason="an operator's own")
    deploy()
    found = computes(cloud)
    assert [found[name].status for name in extra] == ["disabled", "enabled", "enabled", "enabled"]
    assert found[extra[0]].disabled_reason == "an operator's own"
    cloud.compute.enable_service(found[extra[0]].id)


def test_an_instance_refuses_all_and_is_named(cloud, extra, retire, play, instance):
    before = state(cloud)
    done = retire(check=False)
    assert done.returncode != 0
    assert f"{extra[0]}: instance web-1 ({instance}) is on it" in done.stdout
    assert f"{extra[1]}: migration web-1 ({instance}) has a resize that is finished" in done.stdout
    assert "changed=0" in done.stdout
    # The same holds for the whole fleet. In check mode, in case it is not refused.
    done = play("novafleet.compute.remove", "--check", "-e", "services_remove_confirm=quickstart", check=False)
    assert done.returncode != 0
    assert f"{extra[0]}: services_fleet: nova has 1 instances" in done.stdout
    assert f"web-1 ({instance}) among them" in done.stdout
    assert state(cloud) == before


def test_check_mode_tells_the_steps_and_changes_nothing(cloud, retire):
    before = state(cloud)
    done = retire("--check")
    assert [word for word in ("disable", "remove", "delete") if f'"{word}"' not in done.stdout] == []
    assert state(cloud) == before


def gone(cloud, name, node):
    """Where a retired service still shows: nova's services and hypervisors, placement, its cell, Docker."""
    mapped = nova_manage("cell_v2", "list_hosts")
    found = dict(
        service=name in computes(cloud),
        hypervisor=name in compute_nodes(cloud),
        provider=node in {one.id for one in cloud.placement.resource_providers()},
        mapping=f" {name} " in mapped,
        container=f"nova-compute-{name}" in ids(),
        files=Path("/etc/novafleet", name).exists(),
    )
    return [where for where, there in found.items() if there]


def kill_when(condition, command, directory):
    """Run a command, and kill it with all its children in the moment that a condition holds."""
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        while not condition() and process.poll() is None:
            time.sleep(0.02)
        for one in [process.pid, *descendants(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"


def descendants(parent):
    """Process ids of all children, of whichever session."""
    lines = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout.splitlines()
    children = {}
    for line in lines:
        child, its_parent = map(int, line.split())
        children.setdefault(its_parent, []).append(child)
    found = [parent]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def open_to_instances(cloud, provider):
    """Whether nova's scheduler may choose an enabled service: one that it could not tell of that learns it within 60 s.

    Source: nova/compute/api.py, HostAPI._update_compute_provider_status.
    """
    version = {"OpenStack-API-Version": "placement 1.6"}
    answer = cloud.placement.get(f"/resource_providers/{provider}/traits", headers=version)
    return "COMPUTE_STATUS_DISABLED" not in answer.json()["traits"]


@pytest.fixture
def instances(cloud, extra):
    """Two instances that nova has started on the last of them: one runs, one is shut off."""
    with contextlib.ExitStack() as undo:
        undo.callback(other_apis.serve().shutdown)
        provider = compute_nodes(cloud)[extra[2]].id
        assert eventually(lambda: open_to_instances(cloud, provider))
        flavor = cloud.compute.create_flavor(name="one", ram=1, vcpus=1, disk=1)
        undo.callback(cloud.compute.delete_flavor, flavor)
        made = []
        for name in ("runs", "stopped"):
            one = cloud.compute.create_server(
                name=name, image_id=str(uuid.uuid4()), flavor_id=flavor.id, networks="none", host=extra[2]
            )
            undo.callback(cloud.compute.wait_for_delete, one, wait=60)
            undo.callback(cloud.compute.delete_server, one)
            made.append(started(cloud, one, seconds=60))
            assert made[-1].status == "ACTIVE", made[-1].fault
        cloud.compute.stop_server(made[1])
        cloud.compute.wait_for_server(made[1], status="SHUTOFF", wait=60)
        yield made


def test_instances_are_moved_away_on_demand(cloud, extra, retire, instances):
    name = extra[2]
    node = compute_nodes(cloud)[name].id
    retire("--extra-vars", "services_retire_drain=migrate", names=[name])
    found = [cloud.compute.get_server(one) for one in instances]
    assert [one.status for one in found] == ["ACTIVE", "SHUTOFF"]
    assert {one.compute_host for one in found} < set(computes(cloud))
    assert gone(cloud, name, node) == []


@pytest.mark.parametrize("step", ["disable", "remove", "delete"])
def test_a_run_that_was_killed_after_a_step_is_finished_by_the_next(cloud, extra, inventory_dir, retire, step):
    name = extra[{"disable": 0, "remove": 1, "delete": 3}[step]]
    node, others = compute_nodes(cloud)[name].id, ids().keys() - {f"nova-compute-{name}"}
    done = {
        "disable": lambda: computes(cloud)[name].status == "disabled",
        "remove": lambda: f"nova-compute-{name}" not in ids(),
        "delete": lambda: name not in computes(cloud),
    }
    command = ["ansible-playbook", "--inventory", str(inventory_dir / "hosts"), "novafleet.compute.retire"]
    kill_when(done[step], [*command, *retire_variables([name])], inventory_dir)
    if step != "delete":
        assert "service" in gone(cloud, name, node)
    retire(names=[name])
    assert gone(cloud, name, node) == []
    assert ids().keys() == others


def test_a_second_time_changes_nothing(cloud, services, retire):
    assert "changed=0" in retire().stdout
    assert sorted(computes(cloud)) == sorted(compute_nodes(cloud)) == services


def test_a_provider_that_nova_left_is_deleted(cloud, extra, retire):
    """nova deletes the record although placement does not answer. The provider of a vCenter has a name of its own."""
    provider = cloud.placement.create_resource_provider(name="domain-c7.left", uuid=str(uuid.uuid4()))
    mark = str(uuid.uuid5(uuid.NAMESPACE_URL, NOTE + extra[0]))
    answer = cloud.placement.put(
        f"/resource_providers/{provider.id}/aggregates",
        json={"aggregates": [mark], "resource_provider_generation": 0},
        headers={"OpenStack-API-Version": "placement 1.19"},
    )
    assert answer.status_code == 200
    assert "changed=1" in retire().stdout
    assert provider.id not in {one.id for one in cloud.placement.resource_providers()}
