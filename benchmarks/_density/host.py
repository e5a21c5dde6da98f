# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads memory, processor time and connections from the kernel."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

KSM = Path("/sys/kernel/mm/ksm")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
TICKS = os.sysconf("SC_CLK_TCK")
# include/net/tcp_states.h
ESTABLISHED = "01"
SAMPLES, SAMPLE_SECONDS = 5, 2


@dataclass(frozen=True)
class Process:
    """A line of the process table. cpu_s includes the time of children that have ended."""

    pid: int
    parent: int
    name: str
    cpu_s: float


def memory():
    """/proc/meminfo in MB, by name (proc(5))."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii")
    return {name: int(value) / 1024 for name, value in re.findall(r"^(\w+):\s+(\d+) kB$", lines, re.MULTILINE)}


def available_mb():
    """Memory that new processes can use."""
    return memory()["MemAvailable"]


def swapped_mb():
    """Memory in swap space, before compression."""
    now = memory()
    return now["SwapTotal"] - now["SwapFree"]


def taken_mb():
    """Memory that dropping caches would not free: all except free memory, page cache and reclaimable slab.

    tmpfs counts as used. The result is the median of a few readings, because other programs run as well.
    """
    looks = []
    for _look in range(SAMPLES):
        now = memory()
        cache = now["Buffers"] + now["Cached"] - now["Shmem"]
        looks.append(now["MemTotal"] - now["MemFree"] - cache - now["SReclaimable"])
        time.sleep(SAMPLE_SECONDS)
    return statistics.median(looks)


def kernel_mb():
    """The kernel's part of it that grows with processes."""
    now = memory()
    return sum(now[name] for name in ("SUnreclaim", "PageTables", "KernelStack", "Percpu"))


def processes():
    """All processes.

    Returns:
        dict: pid -> Process
    """
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # proc(5): the name is in parentheses. Of the fields after it, the second is the parent, and 12 to 15 are
            # times.
            text = path.read_text(encoding="utf-8", errors="replace")
            fields = text.rpartition(")")[2].split()
            name = text.partition("(")[2].rpartition(")")[0]
            pid, ticks = int(path.parent.name), sum(map(int, fields[11:15]))
            found[pid] = Process(pid, int(fields[1]), name, ticks / TICKS)
    return found


def below(table, roots):
    """Return the ids of processes and of all their descendants.

    Args:
        table: as processes() returns it.
        roots: iterable of pids.

    Returns:
        set of int
    """
    children = {}
    for one in table.values():
        children.setdefault(one.parent, []).append(one.pid)
    found, todo = set(), [pid for pid in roots if pid in table]
    while todo:
        pid = todo.pop()
        found.add(pid)
        todo += children.get(pid, [])
    return found


def busy_s():
    """CPU seconds that the machine was busy since boot (proc(5), stat: all except idle and iowait)."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    return (sum(map(int, fields)) - int(fields[3]) - int(fields[4])) / TICKS


def named(table, *names):
    return {one.pid for one in table.values() if one.name in names}


def cpu_s(table, pids):
    return sum(table[pid].cpu_s for pid in pids if pid in table)


def pss_mb(pids):
    """Sum of the proportional set sizes. In each of them, a page of n processes counts as an nth."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE).group(1))
    return total / 1024


def threads(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += len(os.listdir(f"/proc/{pid}/task"))
    return total


def connections(pids, port):
    """Number of established TCP connections that processes have to a port."""
    inodes = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == ESTABLISHED and int(fields[2].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return sum(1 for pid in pids for target in _open(pid) if target in inodes)


def _open(pid):
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(entry.path)


def ksm(name):
    """A counter of the kernel's same-page merging."""
    return int((KSM / name).read_text(encoding="ascii"))
