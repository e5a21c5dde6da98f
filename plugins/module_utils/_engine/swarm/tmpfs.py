# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a tmpfs, which Swarm takes as numbers. Pure."""

from __future__ import annotations

import re
from typing import Any

UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
# What every tmpfs of a service has anyway (moby: daemon/oci_linux.go).
USUAL = frozenset(["rw", "nosuid", "nodev", "noexec"])
SIZE, MODE = re.compile(r"size=(\d+)([kmg]?)", re.IGNORECASE), re.compile(r"mode=0?([0-7]{3,4})")


def tmpfs_mount(path: str, options: str | None) -> dict[str, Any]:
    """Mount of a service's specification; options that Swarm does not take are left out."""
    taken: dict[str, int] = {}
    for word in _words(options):
        size, mode = SIZE.fullmatch(word), MODE.fullmatch(word)
        if size:
            taken["SizeBytes"] = int(size[1]) * UNITS[size[2].lower()]
        if mode:
            taken["Mode"] = int(mode[1], 8)
    return {"Type": "tmpfs", "Target": path, "TmpfsOptions": taken}


def refused_options(options: str | None) -> list[str]:
    """Options that Swarm does not take."""
    known = (SIZE.fullmatch, MODE.fullmatch, USUAL.__contains__)
    return [word for word in _words(options) if not any(accepts(word) for accepts in known)]


def _words(options: str | None) -> list[str]:
    return [word for word in str(options or "").split(",") if word]
