# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes, age, memory and processor time of containers, read from the kernel by control group."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._contract import ACTIVE, STANDBY, STARTING

# Every engine and driver has the container's id in the name of its control group. Podman's monitor of a container has a
# group of its own.
IDENT = re.compile(r"(?<!conmon-)[0-9a-f]{64}")
# Hierarchies of cgroup v1 that count memory and processor time; v2 has one hierarchy without a name (cgroups(7)).
MEMORY, CPU, UNIFIED = "memory", "cpuacct", ""
# cgroup v1 and v2: the charged memory, and the statistic that counts droppable cache in it.
CHARGED = (("memory.usage_in_bytes", "total_inactive_file"), ("memory.current", "inactive_file"))

# Names that roles/services/files/lease.py gives its process. Without a lease, the process has the first name, as the
# program itself.
PARTS = {"nova-compute": ACTIVE, "nova-standby": STANDBY, "nova-lease": STARTING}


@dataclass
class Group:
    """One container's processes, and its control group in each hierarchy, relative to the hierarchy's root."""

    processes: list[str] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)


class Groups:
    """The containers that have processes on this machine, read once from all processes.

    Each method takes a container's id, and returns None if the kernel of this machine has no answer.
    """

    def __init__(self, proc: str = "/proc", root: str = "/sys/fs/cgroup") -> None:
        self.proc, self.root = proc, root
        self.groups: dict[str, Group] = {}
        for pid in filter(str.isdigit, os.listdir(proc)):
            text = _read(f"{proc}/{pid}/cgroup")
            # The path has several ids if the engine runs in a container itself. The last id is that of this container.
            for ident in IDENT.findall(text)[-1:]:
                group = self.groups.setdefault(ident, Group(paths=_paths(text, ident)))
                group.processes.append(pid)

    def part(self, ident: str) -> str | None:
        """The role that a container has in its service.

        Returns:
            ACTIVE: it is nova-compute. STANDBY: it waits for the lease, tested. STARTING: it waits, not yet tested.
            None: there are no processes, or they run something else.
        """
        names = (_read(f"{self.proc}/{pid}/comm").strip() for pid in self._processes(ident))
        return next((PARTS[name] for name in names if name in PARTS), None)

    def age_seconds(self, ident: str) -> int | None:
        """Seconds since the first process started (proc(5), stat field 22: clock ticks since boot)."""
        fields = (_read(f"{self.proc}/{pid}/stat").rpartition(")")[2].split() for pid in self._processes(ident))
        ticks = [int(after[19]) for after in fields if len(after) > 19]
        if not ticks:
            return None
        return max(0, int(time.clock_gettime(time.CLOCK_BOOTTIME) - min(ticks) / os.sysconf("SC_CLK_TCK")))

    def memory_bytes(self, ident: str) -> int | None:
        """Memory charged to it, without the page cache that can be dropped."""
        directory = self._directory(ident, MEMORY)
        for charged, cache in CHARGED if directory else ():
            usage = _read(f"{directory}/{charged}")
            if usage:
                statistics = dict(line.split() for line in _read(f"{directory}/memory.stat").splitlines())
                return int(usage) - int(statistics.get(cache, 0))
        return None

    def cpu_seconds(self, ident: str) -> float | None:
        """Processor time used by it. cgroup v1 counts nanoseconds, v2 microseconds."""
        directory = self._directory(ident, CPU)
        if directory is None:
            return None
        usage = _read(f"{directory}/cpuacct.usage")
        if usage:
            return int(usage) / 1e9
        statistics = dict(line.split() for line in _read(f"{directory}/cpu.stat").splitlines())
        return int(statistics["usage_usec"]) / 1e6 if "usage_usec" in statistics else None

    def _processes(self, ident: str) -> list[str]:
        return self.groups[ident].processes if ident in self.groups else []

    def _directory(self, ident: str, hierarchy: str) -> str | None:
        if ident not in self.groups:
            return None
        paths = self.groups[ident].paths
        if hierarchy in paths:
            return f"{self.root}/{hierarchy}{paths[hierarchy]}"
        return f"{self.root}{paths[UNIFIED]}" if UNIFIED in paths else None


def _paths(text: str, ident: str) -> dict[str, str]:
    """Hierarchy -> path of the container's group. A line is C(number:hierarchy,hierarchy:path) (cgroups(7))."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        _number, hierarchies, path = line.split(":", 2)
        # Processes may be in a group below it.
        head, found, tail = path.rpartition(ident)
        paths.update(dict.fromkeys(hierarchies.split(","), head + found + tail.partition("/")[0]))
    return paths


def _read(path: str) -> str:
    """Text of one of the kernel's files; "" if the file is gone."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""
