# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel of this Docker host knows of a container, read from its control group."""

from __future__ import annotations

import os
import time

# Where Docker puts a container's control group: cgroup v1 and v2, cgroupfs and systemd drivers.
CGROUPS = (
    "/sys/fs/cgroup/memory/docker/{id}",
    "/sys/fs/cgroup/memory/system.slice/docker-{id}.scope",
    "/sys/fs/cgroup/docker/{id}",
    "/sys/fs/cgroup/system.slice/docker-{id}.scope",
)
# cgroup v1 counts processor time in a hierarchy of its own; v2 in the same group.
CPU_CGROUPS = (
    "/sys/fs/cgroup/cpuacct/docker/{id}",
    "/sys/fs/cgroup/cpuacct/system.slice/docker-{id}.scope",
    *CGROUPS[2:],
)
# cgroup v1 and v2: charged memory, and the statistic that says how much of it is droppable cache.
CHARGED = (("memory.usage_in_bytes", "total_inactive_file"), ("memory.current", "inactive_file"))

# Names that roles/services/files/lease.py gives its process. Without a lease, the program's own name is the first one.
ACTIVE, STANDBY, STARTING = "active", "standby", "starting"
PARTS = {"nova-compute": ACTIVE, "nova-standby": STANDBY, "nova-lease": STARTING}


def cpu_seconds(ident: str) -> float | None:
    """Processor time that a container has used; cgroup v1 counts nanoseconds, v2 microseconds."""
    cgroup = _directory(ident, CPU_CGROUPS)
    if cgroup is None:
        return None
    usage = read(os.path.join(cgroup, "cpuacct.usage"))
    if usage:
        return int(usage) / 1e9
    statistics = dict(line.split() for line in read(os.path.join(cgroup, "cpu.stat")).splitlines())
    return int(statistics["usage_usec"]) / 1e6 if "usage_usec" in statistics else None


def memory_bytes(ident: str) -> int | None:
    """Memory charged to a container, without the page cache that can be dropped."""
    cgroup = _directory(ident, CGROUPS)
    for charged, cache in CHARGED if cgroup else ():
        usage = read(os.path.join(cgroup, charged))
        if usage:
            statistics = dict(line.split() for line in read(os.path.join(cgroup, "memory.stat")).splitlines())
            return int(usage) - int(statistics.get(cache, 0))
    return None


def age_seconds(ident: str) -> int | None:
    """Seconds since a container's first process started (proc(5), stat field 22: clock ticks since boot)."""
    started = [read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19:20] for pid in processes(ident)]
    ticks = [int(value[0]) for value in started if value]
    if not ticks:
        return None
    return max(0, int(time.clock_gettime(time.CLOCK_BOOTTIME) - min(ticks) / os.sysconf("SC_CLK_TCK")))


def part(ident: str) -> str | None:
    """The part that a container plays for its service.

    Args:
        ident: id of a container that runs on this machine.

    Returns:
        ACTIVE: it is nova-compute. STANDBY: it waits for the lease, tested. STARTING: it waits, not yet tested.
        None: the kernel does not tell, or it runs something else.
    """
    names = (read(f"/proc/{pid}/comm").strip() for pid in processes(ident))
    return next((PARTS[name] for name in names if name in PARTS), None)


def processes(ident: str) -> list[str]:
    """Process ids of a container; empty where its control group is not on this machine."""
    cgroup = _directory(ident, CGROUPS)
    return read(os.path.join(cgroup, "cgroup.procs")).split() if cgroup else []


def _directory(ident: str, places: tuple[str, ...]) -> str | None:
    paths = (path.format(id=ident) for path in places)
    return next((path for path in paths if os.path.isdir(path)), None)


def read(path: str) -> str:
    """Text of one of the kernel's files; "" where it is gone."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""
