# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Empty disks in XenServer's format VHD, and the images that hold them.

The format is that of the Virtual Hard Disk Image Format Specification 1.0.  An image is what nova's XenAPI driver puts
into Glance and takes from it: a compressed tar archive of 0.vhd, the disk, and 1.vhd and so on, its base copies.
"""

from __future__ import annotations

import io
import struct
import tarfile
import uuid
import zlib

SECTOR = 512
BLOCK = 2 << 20
# Cookie, features, version, offset of the header, timestamp, creator with version and system, original and current
# size. Then cylinders, heads, sectors per track, type of disk, checksum, unique id, and saved state.
FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII16sB427x")
# Cookie, offset of data, offset of the table, version, number of its entries, size of a block, and checksum.
HEADER = struct.Struct(">8sQQIIII984x")
VERSION, RESERVED, DYNAMIC, NOWHERE = 0x00010000, 2, 3, 0xFFFFFFFFFFFFFFFF
UNUSED = b"\xff" * 4
# Offsets of the checksums.
FOOTER_CHECKSUM, HEADER_CHECKSUM = 64, 36


def empty_vhd(size):
    """Content of an empty dynamic VHD.

    Args:
        size: capacity in bytes.

    Returns:
        bytes: 3 KiB for a small disk.
    """
    entries = -(-size // BLOCK)
    table = UNUSED * entries
    table += b"\xff" * (-len(table) % SECTOR)
    made = (size, size, *_geometry(size // SECTOR), DYNAMIC, 0, uuid.uuid4().bytes, 0)
    footer = FOOTER.pack(b"conectix", RESERVED, VERSION, SECTOR, 0, b"novf", VERSION, b"Wi2k", *made)
    footer = _with_checksum(footer, FOOTER_CHECKSUM)
    where = FOOTER.size + HEADER.size
    header = _with_checksum(HEADER.pack(b"cxsparse", NOWHERE, where, VERSION, entries, BLOCK, 0), HEADER_CHECKSUM)
    return footer + header + table + footer


def packed(sizes):
    """Content of an image of empty disks, which has the capacity in bytes of each, the disk itself first."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for number, size in enumerate(sizes):
            disk = empty_vhd(size)
            member = tarfile.TarInfo(f"{number}.vhd")
            member.size = len(disk)
            archive.addfile(member, io.BytesIO(disk))
    return content.getvalue()


def disks_in(stream):
    """Capacity and used size, in bytes, of each disk of an image, the disk itself first.

    Args:
        stream: file to read from, which is not searched, so that it may be of any size.

    Raises:
        ValueError: the image is not what the driver takes.
    """
    found = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|gz") as archive:
            for member in archive:
                if member.isfile():
                    footer = _last_sector(archive.extractfile(member))
                    found[member.name.rpartition("/")[2]] = (_capacity(member.name, footer), member.size)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise ValueError(f"the image is not a compressed tar archive: {error}") from error
    names = [f"{number}.vhd" for number in range(len(found))]
    if not found or sorted(found) != sorted(names):
        raise ValueError(f"the image has {', '.join(sorted(found)) or 'no files'} in place of 0.vhd, 1.vhd and so on")
    return [found[name] for name in names]


def _last_sector(file):
    last = b""
    while chunk := file.read(BLOCK):
        last = (last + chunk)[-SECTOR:]
    return last


def _capacity(name, footer):
    """What the footer of a VHD has."""
    if len(footer) < FOOTER.size or footer != _with_checksum(footer, FOOTER_CHECKSUM):
        raise ValueError(f"{name} is not a VHD")
    return FOOTER.unpack(footer)[9]


def _with_checksum(content, offset):
    """The same with the right checksum in it: the complement of the sum of all other bytes."""
    rest = content[:offset] + bytes(4) + content[offset + 4 :]
    return rest[:offset] + struct.pack(">I", ~sum(rest) & 0xFFFFFFFF) + rest[offset + 4 :]


def _geometry(sectors):
    """Cylinders, heads and sectors per track, as the specification calculates them."""
    sectors = min(sectors, 65535 * 16 * 255)
    if sectors >= 65535 * 16 * 63:
        return sectors // 255 // 16, 16, 255
    for per_track, least in ((17, 4), (31, 16), (63, 16)):
        tracks = sectors // per_track
        heads = max(least, -(-tracks // 1024)) if per_track == 17 else least
        if tracks < heads * 1024 and heads <= 16:
            break
    return tracks // heads, heads, per_track
