# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova's libvirt driver in its container starts instances on the machine itself, with what docs/libvirt.md gives it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from helper import another_heartbeat, booted, compute_nodes, computes, docker, eventually, inspect, uploaded

# nova/privsep/__init__.py
CAPABILITIES = {"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "NET_ADMIN", "SYS_ADMIN"}
INSTANCES = Path("/var/lib/nova/instances")


def domains():
    """Uuid of every domain that libvirt runs, from its own client."""
    command = ["virsh", "--connect", "qemu:///system", "list", "--uuid"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "disk.raw"
    with uploaded(cloud, path, bytes(1 << 20), disk_format="raw") as made:
        yield made


@pytest.fixture(scope="module")
def server(cloud, image, services):
    with booted(cloud, image, services[:1]) as (made,):
        yield made


def test_the_service_is_up_with_the_machines_own_resources(cloud, services):
    assert {host: record.state for host, record in computes(cloud).items()} == dict.fromkeys(services, "up")
    (node,) = compute_nodes(cloud).values()
    inventories = cloud.placement.get(f"/resource_providers/{node.id}/inventories").json()["inventories"]
    assert inventories["VCPU"]["total"] == os.cpu_count()


def test_the_container_has_what_libvirt_needs_and_no_more(services):
    (details,) = inspect(f"nova-compute-{services[0]}")
    config = details["HostConfig"]
    assert {name.removeprefix("CAP_") for name in config["CapAdd"]} == CAPABILITIES
    assert config["CapDrop"] == ["ALL"]
    assert config["SecurityOpt"] == ["no-new-privileges"]
    assert config["ReadonlyRootfs"]
    assert not config["Privileged"]
    assert not config["Devices"]
    assert (config["PidMode"], config["IpcMode"]) == ("", "private")
    shared = {one["Source"]: one["RW"] for one in details["Mounts"] if not one["Source"].startswith("/etc/novafleet")}
    assert shared == {"/run/libvirt": False, str(INSTANCES): True}


def test_an_instance_runs_in_qemu_on_the_machine_itself(services, server):
    assert server.status == "ACTIVE", f"{server.fault}\n{docker('logs', '--tail', '80', f'nova-compute-{services[0]}')}"
    assert server.compute_host == services[0]
    assert server.id in domains()
    assert (INSTANCES / server.id / "disk").exists()


def test_an_instance_outlives_a_restart_of_its_nova_compute(cloud, services, server):
    docker("restart", f"nova-compute-{services[0]}")
    assert another_heartbeat(cloud, services[0])
    assert server.id in domains()
    assert cloud.compute.get_server(server.id).status == "ACTIVE"


def test_a_deleted_instance_is_gone_from_libvirt_and_from_the_disk(cloud, server):
    cloud.compute.delete_server(server.id)
    assert eventually(lambda: server.id not in {one.id for one in cloud.compute.servers()})
    assert eventually(lambda: server.id not in domains())
    assert eventually(lambda: not (INSTANCES / server.id).exists())
