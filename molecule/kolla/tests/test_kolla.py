# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet on kolla-ansible's nova.conf runs, takes over its nova-compute, and leaves all else of it alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from helper import another_heartbeat, compute_nodes, computes, docker, eventually, identities, inspect, log_of
from kolla_host import COMPUTE, SERVICE_HOST

DEPLOY = ("novafleet.compute.deploy", "--tags", "services")
TAKEN_OVER_SECONDS = 30


def test_services_are_up(services, cloud):
    assert len(services) == 5
    known = computes(cloud)
    assert {name: known[name].state for name in services} == dict.fromkeys(services, "up")
    assert set(services) <= set(compute_nodes(cloud))


def test_each_has_queues_of_its_own_and_nothing_of_another_machine(services, containers):
    for name in services:
        lines = containers[name].file("/etc/nova/nova.conf").content_string.splitlines()
        assert {f"host = {name}", f"hostname = {name}", "use_queue_manager = true"} <= set(lines)
        assert "rabbit_quorum_queue = true" in lines
        assert not [line for line in lines if line.startswith("my_ip")]


def test_no_call_of_a_service_has_timed_out(services):
    for name in services:
        assert "MessagingTimeout" not in log_of(name)


@pytest.fixture(scope="module")
def adopted(kolla, cloud, inventory_dir):
    """kolla-ansible's nova-compute, known to nova and mapped to its cell."""
    facts = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))
    assert eventually(lambda: SERVICE_HOST in computes(cloud)), docker("logs", COMPUTE)
    subprocess.run(facts["discover_command"], check=True, capture_output=True)
    assert eventually(lambda: SERVICE_HOST in compute_nodes(cloud)), docker("logs", COMPUTE)
    yield SERVICE_HOST
    subprocess.run(["docker", "rm", "--force", f"nova-compute-{SERVICE_HOST}"], check=False, capture_output=True)
    shutil.rmtree(Path("/etc/novafleet", SERVICE_HOST), ignore_errors=True)
    cloud.compute.delete_service(computes(cloud)[SERVICE_HOST])


@pytest.fixture(scope="module")
def deploy(inventory_dir, play):
    path = inventory_dir / "kolla.yml"
    target = f"{{kolla-target: {{services_host: {SERVICE_HOST}}}}}"
    path.write_text(f"---\nall: {{children: {{fake: {{hosts: {target}}}}}}}\n", encoding="utf-8")
    yield lambda: play("--inventory", str(path), *DEPLOY)
    path.unlink()


def test_kollas_own_is_not_disturbed_and_is_taken_over_when_its_unit_is_stopped(kolla, adopted, deploy, cloud):
    untouched, before = kolla.state(), identities(cloud, [adopted])
    running = inspect(COMPUTE)[0]["State"]["StartedAt"]
    assert before[adopted][1] == docker("exec", COMPUTE, "cat", "/etc/nova/compute_id").strip()
    done = deploy()
    assert f"{adopted}: waits for its lease" in " ".join(done.stdout.split())
    assert inspect(COMPUTE)[0]["State"]["StartedAt"] == running
    assert another_heartbeat(cloud, adopted)
    kolla.unit.disable()
    stopped = time.monotonic()
    assert eventually(lambda: "Starting compute node" in log_of(adopted), TAKEN_OVER_SECONDS)
    print(f"taken over {time.monotonic() - stopped:.1f} s after kolla-ansible's had stopped")
    assert another_heartbeat(cloud, adopted)
    assert identities(cloud, [adopted]) == before
    assert kolla.state() == untouched


def test_another_run_changes_nothing_of_either(kolla, adopted, deploy, cloud):
    untouched, ours = kolla.state(), inspect(f"nova-compute-{adopted}")[0]["State"]["StartedAt"]
    done = deploy()
    assert "changed=0" in done.stdout
    assert inspect(f"nova-compute-{adopted}")[0]["State"]["StartedAt"] == ours
    assert kolla.state() == untouched
    assert not inspect(COMPUTE)[0]["State"]["Running"]
