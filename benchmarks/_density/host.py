# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel says of memory, processors and connections."""

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
    """A line of the process table; cpu_s holds that of children that have ended, too."""

    pid: int
    parent: int
    name: str
    cpu_s: float


def memory():
    """/proc/meminfo in MB, by name (proc(5))."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii")
    return {name: int(value) / 1024 for name, value in re.findall(r"^(\w+):\s+(\d+) kB$", lines, re.MULTILINE)}


def available_mb():
    """What new processes can take."""
    return memory()["MemAvailable"]


def swapped_mb():
    """What is in swap space, in its size before any compression."""
    now = memory()
    return now["SwapTotal"] - now["SwapFree"]


def taken_mb():
    """What no dropping of caches would give back: all memory but what is free, page cache, or reclaimable slab.

    tmpfs counts as taken. The median of a few looks, as something else always runs.
    """
    looks = []
    for _look in range(SAMPLES):
        now = memory()
        cache = now["Buffers"] + now["Cached"] - now["Shmem"]
        looks.append(now["MemTotal"] - now["MemFree"] - cache - now["SReclaimable"])
        time.sleep(SAMPLE_SECONDS)
    return statistics.median(looks)


def kernel_mb():
    """The kernel's own part of it that grows with processes."""
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
            # proc(5): the name is in parentheses; after it the parent is the second field, the times 12 to 15.
            text = path.read_text(encoding="utf-8", errors="replace")
            fields = text.rpartition(")")[2].split()
            name = text.partition("(")[2].rpartition(")")[0]
            pid, ticks = int(path.parent.name), sum(map(int, fields[11:15]))
            found[pid] = Process(pid, int(fields[1]), name, ticks / TICKS)
    return found


def below(table, roots):
    """Ids of processes and of all that descend from them.

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
    """CPU seconds that all of the machine has worked since boot (proc(5), stat: all but idle and iowait)."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    return (sum(map(int, fields)) - int(fields[3]) - int(fields[4])) / TICKS


def named(table, *names):
    return {one.pid for one in table.values() if one.name in names}


def cpu_s(table, pids):
    return sum(table[pid].cpu_s for pid in pids if pid in table)


def pss_mb(pids):
    """Sum of the proportional set sizes, in which a page that n processes share counts for an nth in each."""
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
    """How many established TCP connections processes have to a port."""
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
