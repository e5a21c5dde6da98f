# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance is booted through nova's API, lives in the right cluster of the vCenter, and is gone once deleted."""

from __future__ import annotations

import json
import ssl
import struct

import pytest
from helper import booted, docker, eventually, uploaded
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

SECTOR = 512


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


def sparse_disk(megabytes=1):
    """An empty VMDK of VMware's type monolithicSparse (VMware Virtual Disk Format 5.0, hosted sparse extents)."""
    capacity, grain, entries = megabytes * (1 << 20) // SECTOR, 128, 512
    tables = -(-capacity // (grain * entries))
    descriptor = (
        "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
        f'createType="monolithicSparse"\nRW {capacity} SPARSE "disk.vmdk"\n'
        'ddb.adapterType = "lsilogic"\nddb.virtualHWVersion = "4"\n'
    ).encode()
    directory, table = 1 + 20, 1 + 20 + 1
    overhead = 128
    header = struct.pack(
        "<4sIIQQQQIQQQB4sH",
        b"KDMV", 1, 3, capacity, grain, 1, 20, entries, directory, directory, overhead, 0, b"\n \r\n", 0,
    )  # fmt: skip
    disk = bytearray(overhead * SECTOR)
    disk[: len(header)] = header
    disk[SECTOR : SECTOR + len(descriptor)] = descriptor
    for index in range(tables):
        struct.pack_into("<I", disk, directory * SECTOR + 4 * index, table + index * 4)
    return bytes(disk)


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "disk.vmdk"
    properties = dict(vmware_disktype="sparse", vmware_adaptertype="lsiLogic", vmware_ostype="otherGuest")
    with uploaded(cloud, path, sparse_disk(), disk_format="vmdk", **properties) as made:
        yield made


@pytest.fixture(scope="module")
def server(cloud, image, services):
    """An instance on the second service; nova is told which, so that a wrong one shows."""
    with booted(cloud, image, services[1]) as made:
        yield made


def test_an_instance_boots_on_its_service_in_its_cluster(cloud, services, server, vcenter, containers):
    log = docker("logs", "--tail", "50", f"nova-compute-{services[1]}")
    assert server.status == "ACTIVE", f"{server.fault}\n{log}"
    assert server.compute_host == services[1]
    lines = containers[services[1]].file("/etc/nova/nova.conf").content_string.splitlines()
    (cluster,) = [line.partition("= ")[2] for line in lines if line.startswith("cluster_name")]
    assert clusters_of_machines(vcenter)[server.id] == cluster
    (node,) = [one for one in cloud.compute.hypervisors(details=True) if one.service_details["host"] == services[1]]
    allocations = cloud.placement.get(f"/resource_providers/{node.id}/allocations").json()["allocations"]
    assert allocations[server.id]["resources"] == {"VCPU": 1, "MEMORY_MB": 64, "DISK_GB": 1}


def test_a_deleted_instance_is_gone_from_nova_and_from_the_vcenter(cloud, server, vcenter):
    cloud.compute.delete_server(server.id)
    assert eventually(lambda: server.id not in {one.id for one in cloud.compute.servers()})
    assert eventually(lambda: server.id not in clusters_of_machines(vcenter))
