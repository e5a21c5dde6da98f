# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual machines on two simulated XenServers do what their users ask nova's API for, each on its own XenServer."""

from __future__ import annotations

import pytest
from helper import (
    another_heartbeat,
    booted,
    created,
    docker,
    eventually,
    log_of,
    run_in_service,
    running,
    settled,
    uploaded,
)
from hypervisors import MEGABYTE

# Action of the compute API, then the status of the instance and the power state of its machine after it.
ACTIONS = [
    ("stop_server", {}, "SHUTOFF", "Halted"),
    ("start_server", {}, "ACTIVE", "Running"),
    ("reboot_server", dict(reboot_type="SOFT"), "ACTIVE", "Running"),
    ("reboot_server", dict(reboot_type="HARD"), "ACTIVE", "Running"),
    ("pause_server", {}, "PAUSED", "Paused"),
    ("unpause_server", {}, "ACTIVE", "Running"),
    ("suspend_server", {}, "SUSPENDED", "Suspended"),
    ("resume_server", {}, "ACTIVE", "Running"),
    ("rescue_server", {}, "RESCUE", "Halted"),
    ("unrescue_server", {}, "ACTIVE", "Running"),
]


@pytest.fixture(scope="module")
def hosts(services):
    """A XenServer that is alone, and a slave, for which nova asks its master."""
    return [services[0], services[2]]


@pytest.fixture(scope="module")
def servers(cloud, image, hosts):
    with running(cloud, image, hosts) as made:
        yield made


def records(hypervisors, servers):
    """Record of the virtual machine of each instance, from the XenServers."""
    known = {ident: one for master in hypervisors.masters for ident, one in master.instances().items()}
    return [known[server.id] for server in servers]


def test_each_machine_is_on_the_xenserver_that_was_asked_for(servers, hosts, hypervisors, containers):
    machines = hypervisors.machines()
    assert [machines[server.id] for server in servers] == [hypervisors.of(containers[name]) for name in hosts]


def test_power_actions_reach_the_machines(cloud, servers, hosts, hypervisors):
    for action, arguments, status, power in ACTIONS:
        domains = [one["domid"] for one in records(hypervisors, servers)]
        for server in servers:
            getattr(cloud.compute, action)(server.id, **arguments)
        assert settled(cloud, servers, status), (action, [log_of(name)[-3000:] for name in hosts])
        after = records(hypervisors, servers)
        assert [one["power_state"] for one in after] == [power, power], action
        if action == "reboot_server":
            # The pools number their domains independently of each other.
            assert all(one["domid"] != domain for one, domain in zip(after, domains, strict=True))


def test_machines_outlive_a_restart_of_their_nova_compute(cloud, servers, hosts, hypervisors):
    before = records(hypervisors, servers)
    for name in hosts:
        docker("restart", f"nova-compute-{name}")
    assert all(another_heartbeat(cloud, name) for name in hosts)
    assert records(hypervisors, servers) == before
    for server in servers:
        cloud.compute.stop_server(server.id)
    assert settled(cloud, servers, "SHUTOFF")
    assert [one["power_state"] for one in records(hypervisors, servers)] == ["Halted", "Halted"]
    for server in servers:
        cloud.compute.start_server(server.id)
    assert settled(cloud, servers, "ACTIVE")


def test_an_instance_boots_from_a_snapshot_on_another_xenserver(cloud, servers, services, hypervisors, containers):
    snapshot = cloud.create_image_snapshot("snapshot", servers[0], wait=True)
    try:
        assert (snapshot.status, snapshot.disk_format, snapshot.container_format) == ("active", "vhd", "ovf")
        with booted(cloud, snapshot, services[1:2]) as (made,):
            assert made.status == "ACTIVE", made.fault
            assert hypervisors.machines()[made.id] == hypervisors.of(containers[services[1]])
    finally:
        cloud.delete_image(snapshot.id)


def test_a_resize_moves_a_machine_to_another_xenserver(cloud, servers, hosts, hypervisors, containers):
    server, before = servers[0], hypervisors.machines()[servers[0].id]
    flavor = cloud.create_flavor("larger", ram=128, vcpus=1, disk=2)
    try:
        cloud.compute.resize_server(server.id, flavor.id)
        assert settled(cloud, [server], "VERIFY_RESIZE"), cloud.compute.get_server(server.id).fault
        cloud.compute.confirm_server_resize(server.id)
        assert settled(cloud, [server], "ACTIVE")
    finally:
        cloud.delete_flavor(flavor.id)
    (record,) = records(hypervisors, [server])
    host = cloud.compute.get_server(server.id).compute_host
    assert record["memory_static_max"] == str(128 * MEGABYTE)
    assert hypervisors.machines()[server.id] == hypervisors.of(containers[host]) != before


def test_volumes_and_interfaces_come_and_go(servers, hosts, hypervisors):
    """By nova's own code, as the sandbox has neither Cinder nor networks."""
    master, server = hypervisors.masters[1], servers[1]

    def devices():
        name = master.instances()[server.id]["name_label"]
        (machine,) = master.call("VM.get_by_name_label", name)
        tables = [master.call(f"{kind}.get_all_records").values() for kind in ("VBD", "VIF")]
        return [[one["currently_attached"] for one in table if one["VM"] == machine] for table in tables]

    before = devices()
    run_in_service("xenserver_devices.py", hosts[1], "attach", master.instances()[server.id]["name_label"])
    assert devices() == [[*before[0], True], [True]]
    run_in_service("xenserver_devices.py", hosts[1], "detach", master.instances()[server.id]["name_label"])
    assert devices() == before == [[True], []]


def test_nova_takes_no_raw_image_for_a_xenserver_that_it_does_not_run_on(cloud, hosts, tmp_path):
    told = len(log_of(hosts[0]))
    raw = uploaded(cloud, tmp_path / "disk.raw", bytes(MEGABYTE), disk_format="raw")
    # It stays in BUILD: nova 21 fails while it cleans up, because unplug_vifs() of this driver lacks an argument.
    with raw as image, created(cloud, image, hosts[:1]) as (made,):
        assert eventually(lambda: "Non-VHD images" in log_of(hosts[0])[told:])
        assert cloud.compute.get_server(made.id).status != "ACTIVE"


def test_deleted_machines_leave_nothing_on_their_xenservers(cloud, servers, hypervisors):
    for server in servers:
        cloud.compute.delete_server(server.id)
    assert eventually(lambda: not list(cloud.compute.servers()))
    assert eventually(lambda: not hypervisors.machines())
    for master in hypervisors.masters:
        for storage in master.call("SR.get_all"):
            master.call("SR.scan", storage)
        assert [disk["name_label"] for disk in master.disks()] == []
