# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances are booted at once through nova's API, each in the cluster that was asked for, and leave nothing."""

from __future__ import annotations

import json
import runpy
import ssl
from pathlib import Path

import pytest
from helper import booted, compute_nodes, eventually, log_of, uploaded
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

EMPTY_DISK = Path(__file__).parents[3] / "roles" / "sandbox" / "files" / "empty_disk.py"
PER_SERVICE = 2
# Of each instance, by its flavor.
TAKEN = {"VCPU": 1, "MEMORY_MB": 64, "DISK_GB": 1}


@pytest.fixture(scope="module")
def vcenter(inventory_dir):
    """The root folder of the simulated vCenter."""
    account = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))["vcenter"]
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    connection = SmartConnect(
        host=account["host_ip"],
        port=int(account["host_port"]),
        user=account["host_username"],
        pwd=account["host_password"],
        sslContext=tls,
    )
    yield connection.RetrieveContent()
    Disconnect(connection)


def clusters_of_machines(content):
    """Uuid of nova's instance to cluster, of every virtual machine that is nova's."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    machines = [(one.config.instanceUuid, one.resourcePool.owner.name) for one in view.view]
    view.Destroy()
    return dict(machines)


def cluster_of(container):
    """The cluster that a service is bound to, from its own nova.conf."""
    lines = container.file("/etc/nova/nova.conf").content_string.splitlines()
    (cluster,) = [line.partition("= ")[2] for line in lines if line.startswith("cluster_name")]
    return cluster


def allocations(cloud, node):
    """Instance to the resources that placement has allocated for it on a compute node."""
    found = cloud.placement.get(f"/resource_providers/{node.id}/allocations").json()["allocations"]
    return {ident: allocation["resources"] for ident, allocation in found.items()}


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "disk.vmdk"
    disk = runpy.run_path(str(EMPTY_DISK))["sparse_vmdk"]()
    properties = dict(vmware_disktype="sparse", vmware_adaptertype="lsiLogic", vmware_ostype="otherGuest")
    with uploaded(cloud, path, disk, disk_format="vmdk", **properties) as made:
        yield made


@pytest.fixture(scope="module")
def asked_for(services):
    """The services that the instances are to be on; nova is asked for each, so that a wrong one shows."""
    assert len(services) == 5
    return services * PER_SERVICE


@pytest.fixture(scope="module")
def servers(cloud, image, asked_for):
    with booted(cloud, image, asked_for) as made:
        yield made


def test_ten_instances_boot_at_once_each_in_the_cluster_that_was_asked_for(
    cloud, asked_for, servers, vcenter, containers
):
    failed = {server.compute_host: server.fault for server in servers if server.status != "ACTIVE"}
    assert not failed, [log_of(name)[-5000:] for name in set(asked_for) & set(failed)]
    assert [server.compute_host for server in servers] == asked_for
    clusters = {name: cluster_of(container) for name, container in containers.items()}
    machines = clusters_of_machines(vcenter)
    assert [machines[server.id] for server in servers] == [clusters[name] for name in asked_for]


def test_placement_has_what_each_instance_takes_on_its_compute_node(cloud, asked_for, servers):
    nodes = compute_nodes(cloud)
    for name in set(asked_for):
        there = [server.id for server, host in zip(servers, asked_for, strict=True) if host == name]
        assert allocations(cloud, nodes[name]) == dict.fromkeys(there, TAKEN)


def test_deleted_instances_are_gone_from_nova_the_vcenter_and_placement(cloud, servers, vcenter):
    idents = {server.id for server in servers}
    for ident in idents:
        cloud.compute.delete_server(ident)
    assert eventually(lambda: not idents & {one.id for one in cloud.compute.servers()})
    assert eventually(lambda: not idents & set(clusters_of_machines(vcenter)))
    assert eventually(lambda: not [node.id for node in compute_nodes(cloud).values() if allocations(cloud, node)])
