# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each container is what the policy promises, and each service is up in a real nova."""

from __future__ import annotations

import pytest
from helper import compute_nodes, computes, inspect

NOVA = 162
# By the beginning of a service's name: nova's release, its driver, the service's own files. Ussuri reads no compute_id.
KINDS = {
    "fake": ("34.0.0", "fake.FakeDriverWithoutFakeNodes", ("compute_id", "nova.conf")),
    "cluster": ("34.0.0", "vmwareapi.VMwareVCDriver", ("compute_id", "nova.conf", "vcenter.pem")),
    "ironic": ("34.0.0", "ironic.IronicDriver", ("nova.conf",)),
    "xs": ("21.2.4", "xenapi.XenAPIDriver", ("nova.conf", "xenserver.pem")),
}


@pytest.fixture(params=range(3), ids=lambda index: f"service-{index + 1}")
def service(request, services):
    return services[request.param]


@pytest.fixture
def container(service, containers):
    return containers[service]


@pytest.fixture
def details(service):
    return inspect(f"nova-compute-{service}")[0]


def test_scenario_has_the_services_that_are_looked_at(services):
    assert len(services) >= 3


def test_nova_compute_runs_as_nova(container):
    processes = container.process.filter(comm="nova-compute")
    assert processes
    assert {process.user for process in processes} == {"nova"}
    assert container.user("nova").uid == container.group("nova").gid == NOVA


def test_no_process_has_a_capability(container):
    status = container.check_output("cat /proc/1/status /proc/$(pgrep -o nova-compute)/status")
    effective = [line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapPrm", "CapBnd"))]
    assert len(effective) == 6
    assert set(effective) == {"0000000000000000"}
    assert status.count("NoNewPrivs:\t1") == 2


def test_root_is_read_only(container, details):
    assert details["HostConfig"]["ReadonlyRootfs"]
    assert "Read-only file system" in container.run("touch /usr/lib/openstack-nova/x").stderr


def test_policy_of_the_container(details):
    config = details["HostConfig"]
    assert config["NetworkMode"] == "host"
    assert config["CapDrop"] == ["ALL"]
    assert config["SecurityOpt"] == ["no-new-privileges"]
    assert config["RestartPolicy"]["Name"] == "unless-stopped"
    assert config["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}
    assert not config["Privileged"]


def test_the_services_files_are_for_nova_only(service, container):
    names = sorted(["lease.py", *KINDS[service.partition("-")[0]][2]])
    assert container.file("/etc/nova").listdir() == names
    for name in names:
        file = container.file(f"/etc/nova/{name}")
        assert (file.uid, file.gid, file.mode) == (0, NOVA, 0o640)
    directory = container.file("/etc/nova")
    assert (directory.uid, directory.gid, directory.mode) == (0, NOVA, 0o750)


def test_nova_conf_is_the_services_own(service, container):
    lines = container.file("/etc/nova/nova.conf").content_string.splitlines()
    assert f"host = {service}" in lines
    assert [line for line in lines if line.startswith("transport_url = rabbit://")]
    assert f"compute_driver = {KINDS[service.partition('-')[0]][1]}" in lines


def test_nova_compute_comes_from_its_rpm(service, container):
    release = KINDS[service.partition("-")[0]][0]
    assert container.check_output("rpm -q --queryformat '%{NAME} %{VERSION}' openstack-nova-compute") == (
        f"openstack-nova-compute {release}"
    )
    assert container.run("rpm -q --whatprovides /usr/bin/nova-compute").stdout.startswith(
        f"openstack-nova-compute-{release}"
    )


def test_no_byte_code_is_written_at_run_time(container):
    assert container.run("find / -xdev -newer /proc/1 -name '*.pyc'").stdout == ""


def test_no_compiler_and_no_cache_in_the_image(container):
    # Debian's package rpm brings rpmbuild, which compiles nothing by itself.
    for tool in ("gcc", "g++", "cc", "make", "ld", "pip"):
        assert not container.exists(tool)
    assert container.run("ls /root/.cache /var/cache/dnf").stdout.strip() in ("", "/root/.cache:", "/var/cache/dnf:")


def test_nova_lists_exactly_the_expected_services_up(cloud, services):
    assert {host: record.state for host, record in computes(cloud).items()} == dict.fromkeys(services, "up")


def test_every_service_has_a_compute_node_in_a_cell(cloud, services, containers):
    nodes = compute_nodes(cloud)
    assert sorted(nodes) == services
    if all(name.startswith("fake") for name in services):
        # A vCenter's node is named by the cluster's own id; where the node is the host's own, nova takes our identity.
        for name, node in nodes.items():
            assert node.id == containers[name].file("/etc/nova/compute_id").content_string.strip()


def test_every_compute_node_has_a_provider_with_inventory(cloud):
    providers = {one["uuid"]: one for one in cloud.placement.get("/resource_providers").json()["resource_providers"]}
    for node in compute_nodes(cloud).values():
        assert node.id in providers
        inventories = cloud.placement.get(f"/resource_providers/{node.id}/inventories").json()["inventories"]
        assert inventories["VCPU"]["total"] > 0
        assert inventories["MEMORY_MB"]["total"] > 0
