# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An empty disk, as the image of instances that need no operating system."""

from __future__ import annotations

import struct

SECTOR = 512
# Sectors of a grain, entries of a grain table, and sectors before the first grain.
GRAIN, ENTRIES, OVERHEAD = 128, 512, 128
# Sectors of the embedded descriptor, which follows the header.
DESCRIPTOR = 20


def sparse_vmdk(megabytes=1):
    """Content of an empty VMDK of VMware's type monolithicSparse.

    The format is that of VMware Virtual Disk Format 5.0, hosted sparse extents.

    Args:
        megabytes: capacity in MiB.

    Returns:
        bytes: 64 KiB, for every capacity.
    """
    capacity = megabytes * (1 << 20) // SECTOR
    descriptor = (
        "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
        f'createType="monolithicSparse"\nRW {capacity} SPARSE "disk.vmdk"\n'
        'ddb.adapterType = "lsilogic"\nddb.virtualHWVersion = "4"\n'
    ).encode()
    directory = 1 + DESCRIPTOR
    header = struct.pack(
        "<4sIIQQQQIQQQB4sH",
        b"KDMV", 1, 3, capacity, GRAIN, 1, DESCRIPTOR, ENTRIES, directory, directory, OVERHEAD, 0, b"\n \r\n", 0,
    )  # fmt: skip
    disk = bytearray(OVERHEAD * SECTOR)
    disk[: len(header)] = header
    disk[SECTOR : SECTOR + len(descriptor)] = descriptor
    for number in range(-(-capacity // (GRAIN * ENTRIES))):
        struct.pack_into("<I", disk, directory * SECTOR + 4 * number, directory + 1 + number * 4)
    return bytes(disk)
