# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which instances boot.py asks for, which it leaves alone, and what it reports; on a cloud in memory."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

FILES = Path(__file__).parents[4] / "roles" / "sandbox" / "files"
WANTED = [dict(name="vm-1", host="cluster-001"), dict(name="vm-2", host="cluster-002")]


class Cloud:
    """What boot.py calls of an openstack Connection: image, compute, and the servers that are there.

    A new server is in one of the statuses in `becomes`, by its name, or ACTIVE.
    """

    def __init__(self, *servers, becomes=()):
        self.there = list(servers)
        self.becomes = dict(becomes)
        self.uploads = []
        self.image = self.compute = self

    def images(self, name):
        return [image for image in self.uploads if image.name == name]

    def create_image(self, name, **properties):
        self.uploads.append(SimpleNamespace(id=f"image-{len(self.uploads)}", name=name, status="active", **properties))
        return self.uploads[-1]

    def delete_image(self, image):
        self.uploads.remove(image)

    def find_flavor(self, name):
        return None

    def create_flavor(self, **properties):
        return SimpleNamespace(id="flavor-0", **properties)

    def servers(self):
        return iter(self.there)

    def create_server(self, name, host, **properties):
        status = self.becomes.get(name, "ACTIVE")
        self.there.append(server(name, status, host=host, fault={"message": "no room"}, **properties))

    def delete_server(self, gone):
        self.there.remove(gone)

    def wait_for_delete(self, gone):
        assert gone not in self.there


def server(name, status="ACTIVE", host="cluster-009", fault=None, **properties):
    return SimpleNamespace(
        name=name, status=status, compute_host=host, hypervisor_hostname=f"node of {host}", fault=fault, **properties
    )


@pytest.fixture
def program(monkeypatch):
    monkeypatch.syspath_prepend(str(FILES))
    specification = importlib.util.spec_from_file_location("sandbox_boot", FILES / "boot.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def boot(program, monkeypatch, tmp_path, capsys):
    """A function that runs boot.py on a cloud and returns what it printed."""
    clouds = tmp_path / "clouds.yaml"
    clouds.write_text("clouds: {sandbox: {auth: {auth_url: http://127.0.0.1:9}}}\n")

    def run(cloud, instances=None, seconds=0, disk="vmdk"):
        monkeypatch.setattr(program.openstack.connection, "Connection", lambda config: cloud)
        monkeypatch.setattr(
            sys,
            "argv",
            ["boot.py", str(clouds), json.dumps(dict(seconds=seconds, disk=disk, instances=instances or WANTED))],
        )
        program.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_instances_are_booted_where_they_are_asked_for(boot):
    cloud = Cloud()
    answer = boot(cloud)
    rows = [dict(one, status="ACTIVE", hypervisor=f"node of {one['host']}") for one in WANTED]
    assert answer == dict(changed=True, instances=rows)
    assert {(one.image_id, one.flavor_id, one.networks) for one in cloud.there} == {("image-0", "flavor-0", "none")}
    (image,) = cloud.uploads
    assert (image.disk_format, image.vmware_disktype, image.data[:4]) == ("vmdk", "sparse", b"KDMV")


def test_xenservers_get_a_vhd(boot):
    cloud = Cloud()
    boot(cloud, disk="vhd")
    (image,) = cloud.uploads
    assert (image.name, image.disk_format, image.container_format) == ("empty-vhd", "vhd", "ovf")
    assert image.data[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "PAUSED"])
def test_instances_that_exist_are_left_alone(boot, status):
    cloud = Cloud(server("vm-1", status), server("vm-2", status), server("other", "ERROR"))
    before = list(cloud.there)
    answer = boot(cloud)
    assert not answer["changed"] and {row["status"] for row in answer["instances"]} == {status}
    assert cloud.there == before and not cloud.uploads


def test_only_a_missing_instance_is_booted(boot):
    cloud = Cloud(server("vm-1"))
    assert boot(cloud)["changed"]
    assert [(one.name, one.compute_host) for one in cloud.there] == [("vm-1", "cluster-009"), ("vm-2", "cluster-002")]


def test_an_instance_in_error_is_replaced(boot):
    cloud = Cloud(server("vm-1", "ERROR"), server("vm-2"))
    assert boot(cloud)["changed"]
    assert {one.name: one.status for one in cloud.there} == {"vm-1": "ACTIVE", "vm-2": "ACTIVE"}


def test_an_interrupted_upload_is_repeated(boot):
    cloud = Cloud()
    cloud.uploads.append(SimpleNamespace(id="half", name="empty-disk", status="queued"))
    boot(cloud)
    assert [image.status for image in cloud.uploads] == ["active"]


def test_all_problems_are_reported_with_their_reasons(boot):
    with pytest.raises(SystemExit) as ended:
        boot(Cloud(becomes={"vm-1": "ERROR", "vm-2": "BUILD"}))
    assert ended.value.code.splitlines() == [
        "vm-1 is in the status ERROR: no room",
        "vm-2 did not become ACTIVE within 0 s.",
    ]


def test_an_instance_that_nova_still_builds_is_waited_for(boot, program, monkeypatch):
    cloud = Cloud(server("vm-1", "BUILD"), server("vm-2"))
    monkeypatch.setattr(program.time, "sleep", lambda seconds: setattr(cloud.there[0], "status", "ACTIVE"))
    answer = boot(cloud, seconds=60)
    assert not answer["changed"] and {row["status"] for row in answer["instances"]} == {"ACTIVE"}


@pytest.mark.parametrize("megabytes", [1, 33])
def test_the_empty_disk_has_a_table_for_each_part_of_its_capacity(program, megabytes):
    disk = program.sparse_vmdk(megabytes)
    sector = 512
    # Offsets of VMware's struct SparseExtentHeader: capacity, grain size, entries of a table, grain directory.
    capacity, grain, entries, directory = (
        int.from_bytes(disk[start : start + size], "little") for start, size in ((12, 8), (20, 8), (44, 4), (56, 8))
    )
    assert capacity * sector == megabytes << 20
    tables = -(-capacity // (grain * entries))
    start = directory * sector
    found = [int.from_bytes(disk[start + 4 * number :][:4], "little") for number in range(tables + 1)]
    assert found == [directory + 1 + 4 * number for number in range(tables)] + [0]
