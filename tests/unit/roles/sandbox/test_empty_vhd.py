# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that nova's XenAPI driver puts into Glance and takes from it."""

from __future__ import annotations

import io
import runpy
import struct
import tarfile
from pathlib import Path

import pytest

FILES = Path(__file__).parents[4] / "roles" / "sandbox" / "files"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def vhd():
    return runpy.run_path(str(FILES / "empty_vhd.py"))


def archive(**files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as made:
        for name, data in files.items():
            member = tarfile.TarInfo(f"./{name.replace('_', '.')}")
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return io.BytesIO(content.getvalue())


@pytest.mark.parametrize(
    ("megabytes", "geometry"), [(1, (30, 4, 17)), (1024, (2080, 16, 63)), (40960, (20560, 16, 255))]
)
def test_the_geometry_is_that_of_the_specification(vhd, megabytes, geometry):
    assert struct.unpack(">HBB", vhd["empty_vhd"](megabytes * MEGABYTE)[56:60]) == geometry


def test_a_vhd_has_what_the_format_asks_for(vhd):
    content = vhd["empty_vhd"](5 * MEGABYTE)
    footer, header, table = content[:512], content[512:1536], content[1536:2048]
    assert (footer[:8], header[:8], content[-512:]) == (b"conectix", b"cxsparse", footer)
    assert len(content) == 5 * 512
    # Version, offset of the header, both sizes, and a dynamic disk.
    assert struct.unpack(">IQ", footer[12:24]) == (0x10000, 512)
    assert struct.unpack(">QQ", footer[40:56]) == (5 * MEGABYTE, 5 * MEGABYTE)
    assert struct.unpack(">I", footer[60:64]) == (3,)
    # Offset of the table, three blocks of 2 MiB, none of which is there.
    assert struct.unpack(">QIII", header[16:36]) == (1536, 0x10000, 3, 2 * MEGABYTE)
    assert table == b"\xff" * 512
    for sector, offset in ((footer, 64), (header, 36)):
        rest = sum(sector) - sum(sector[offset : offset + 4])
        assert struct.unpack(">I", sector[offset : offset + 4]) == (~rest & 0xFFFFFFFF,)


def test_an_image_tells_the_capacity_of_each_disk_in_the_order_of_the_chain(vhd):
    sizes = [(number + 1) * MEGABYTE for number in range(11)]
    assert [size for size, _used in vhd["disks_in"](io.BytesIO(vhd["packed"](sizes)))] == sizes


def test_an_image_may_have_its_files_in_any_order(vhd):
    disks = {f"{number}_vhd": vhd["empty_vhd"]((number + 1) * MEGABYTE) for number in (1, 0)}
    assert vhd["disks_in"](archive(**disks)) == [(MEGABYTE, 2560), (2 * MEGABYTE, 2560)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (lambda vhd: io.BytesIO(b"no archive"), "is not a compressed tar archive"),
        (lambda vhd: io.BytesIO(vhd["packed"]([MEGABYTE])[:60]), "is not a compressed tar archive"),
        (lambda vhd: archive(), "has no files"),
        (lambda vhd: archive(**{"1_vhd": vhd["empty_vhd"](MEGABYTE)}), "has 1.vhd in place of 0.vhd"),
        (lambda vhd: archive(**{"0_vhd": bytes(MEGABYTE)}), "0.vhd is not a VHD"),
    ],
)
def test_other_images_are_refused(vhd, content, problem):
    with pytest.raises(ValueError, match=problem):
        vhd["disks_in"](content(vhd))
