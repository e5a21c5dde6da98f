# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual machines on two clusters of the simulated vCenter do what their users ask nova's API for, each on its own."""

from __future__ import annotations

import contextlib

import pytest
from helper import another_heartbeat, docker, eventually, log_of, run_in_service, running, settled
from pyVim.task import WaitForTask
from pyVmomi import vim

# Action of the compute API, then the status of the instance and the power state of its machine after it. nova's driver
# cannot pause.
ACTIONS = [
    ("stop_server", {}, "SHUTOFF", "poweredOff"),
    ("start_server", {}, "ACTIVE", "poweredOn"),
    ("reboot_server", dict(reboot_type="SOFT"), "ACTIVE", "poweredOn"),
    ("reboot_server", dict(reboot_type="HARD"), "ACTIVE", "poweredOn"),
    ("suspend_server", {}, "SUSPENDED", "suspended"),
    ("resume_server", {}, "ACTIVE", "poweredOn"),
    ("rescue_server", {}, "RESCUE", "poweredOn"),
    ("unrescue_server", {}, "ACTIVE", "poweredOn"),
]
NETWORK = "DC0_DVPG0"


@pytest.fixture(scope="module")
def hosts(services):
    return services[:2]


@pytest.fixture(scope="module")
def servers(cloud, image, hosts):
    with running(cloud, image, hosts) as made:
        yield made


@pytest.fixture
def clusters(hypervisors, containers, hosts):
    """The clusters of the two services."""
    return [hypervisors.of(containers[name]) for name in hosts]


def powers(hypervisors, servers):
    return [hypervisors.machine(server.id).runtime.powerState for server in servers]


def test_each_machine_is_on_the_cluster_that_was_asked_for(servers, hypervisors, clusters):
    assert [hypervisors.machines()[server.id] for server in servers] == clusters


def test_power_actions_reach_the_machines(cloud, servers, hosts, hypervisors):
    for action, arguments, status, power in ACTIONS:
        for server in servers:
            getattr(cloud.compute, action)(server.id, **arguments)
        assert settled(cloud, servers, status), (action, [log_of(name)[-3000:] for name in hosts])
        assert powers(hypervisors, servers) == [power, power], action


def test_machines_outlive_a_restart_of_their_nova_compute(cloud, servers, hosts, hypervisors, clusters):
    for name in hosts:
        docker("restart", f"nova-compute-{name}")
    assert all(another_heartbeat(cloud, name) for name in hosts)
    assert powers(hypervisors, servers) == ["poweredOn", "poweredOn"]
    for action, status, power in (("stop_server", "SHUTOFF", "poweredOff"), ("start_server", "ACTIVE", "poweredOn")):
        for server in servers:
            getattr(cloud.compute, action)(server.id)
        assert settled(cloud, servers, status)
        assert powers(hypervisors, servers) == [power, power]
    assert [hypervisors.machines()[server.id] for server in servers] == clusters


def test_a_resize_changes_a_machine_and_leaves_it_on_its_cluster(cloud, servers, hosts, hypervisors, clusters):
    """nova's driver ignores the destination, so that a retirement migrates no stopped instance."""
    server, flavor = servers[1], cloud.create_flavor("larger", ram=128, vcpus=1, disk=2)
    try:
        cloud.compute.resize_server(server.id, flavor.id)
        assert settled(cloud, [server], "VERIFY_RESIZE"), cloud.compute.get_server(server.id).fault
        cloud.compute.confirm_server_resize(server.id)
        assert settled(cloud, [server], "ACTIVE")
    finally:
        cloud.delete_flavor(flavor.id)
    assert hypervisors.machine(server.id).config.hardware.memoryMB == 128
    assert cloud.compute.get_server(server.id).compute_host != hosts[1]
    assert hypervisors.machines()[server.id] == clusters[1]


@contextlib.contextmanager
def volume(hypervisors, cluster):
    """A machine that has a disk and does not run, in which Cinder's driver keeps a volume; by its managed object id."""
    (pool,) = [one for one in hypervisors.all(vim.ResourcePool) if one.owner.name == cluster]
    store = hypervisors.all(vim.Datastore)[0].name
    controller = vim.vm.device.VirtualLsiLogicController(key=1000, busNumber=0, sharedBus="noSharing")
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", thinProvisioned=True, fileName="")
    disk = vim.vm.device.VirtualDisk(key=-1, controllerKey=1000, unitNumber=0, capacityInKB=1024, backing=backing)
    change = vim.vm.device.VirtualDeviceSpec
    spec = vim.vm.ConfigSpec(
        name="volume-1",
        numCPUs=1,
        memoryMB=4,
        guestId="otherGuest",
        files=vim.vm.FileInfo(vmPathName=f"[{store}]"),
        deviceChange=[
            change(operation="add", device=controller),
            change(operation="add", fileOperation="create", device=disk),
        ],
    )
    task = hypervisors.all(vim.Datacenter)[0].vmFolder.CreateVM_Task(spec, pool)
    WaitForTask(task)
    try:
        yield task.info.result._moId
    finally:
        WaitForTask(task.info.result.Destroy_Task())


def test_volumes_and_interfaces_come_and_go(servers, hosts, hypervisors, clusters):
    """By nova's own code, as the sandbox has neither Cinder nor networks."""
    server, kinds = servers[1], (vim.vm.device.VirtualDisk, vim.vm.device.VirtualEthernetCard)

    def devices():
        known = hypervisors.machine(server.id).config.hardware.device
        return [sum(isinstance(one, kind) for one in known) for kind in kinds]

    assert devices() == [1, 0]
    with volume(hypervisors, clusters[1]) as made:
        run_in_service("vcenter_devices.py", hosts[1], "attach", server.id, made, NETWORK)
        assert devices() == [2, 1]
        run_in_service("vcenter_devices.py", hosts[1], "detach", server.id, made, NETWORK)
        assert devices() == [1, 0]


def test_a_snapshot_fails_at_the_one_call_that_the_simulator_lacks(cloud, servers, services):
    host = cloud.compute.get_server(servers[0].id).compute_host
    told = len(log_of(host))
    snapshot = cloud.create_image_snapshot("snapshot", servers[0])
    assert eventually(lambda: "ExportVm" in log_of(host)[told:]), log_of(host)[told:]
    assert settled(cloud, servers[:1], "ACTIVE")
    assert snapshot.id not in {one.id for one in cloud.image.images() if one.status == "active"}


def test_deleted_machines_leave_nothing_on_their_clusters(cloud, servers, hypervisors):
    for server in servers:
        cloud.compute.delete_server(server.id)
    assert eventually(lambda: not list(cloud.compute.servers()))
    assert eventually(lambda: not hypervisors.machines())
