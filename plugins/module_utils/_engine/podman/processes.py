# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of Podman's containers, which the kernel knows better than Podman.

Podman has no daemon: its state is a note, and conmon, the parent of a container's processes, notes their end.  What is
killed between an action and its note leaves the note wrong.  A service that was killed amid a start leaves processes of
a container that is "created" or "initialized".  Where conmon is killed, as by the kernel for lack of memory, a
container stays "running", also when its processes have ended.
The name of a process's control group has the container's id.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LOST, STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container

PROC = "/proc"
# umount2(2): it is detached now, and unmounted once nothing uses it.
MNT_DETACH = 2
# podman: libpod/container.go, cgroup paths of both managers. conmon's own is libpod-conmon-ID.
GROUP = re.compile(r"/libpod-([0-9a-f]{64})\b")
# base.Container's word for one whose process is gone.
DEAD = "dead"
ALIVE = frozenset(["running", "paused"])
# Between the end of a process and Podman's note of it.
CONFIRM_SECONDS = 2
KILL_SECONDS = 10
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Listed:
    """A container as Podman lists it, and the process id of its first process; 0 without one."""

    container: Container
    pid: int


def verified(listed: Callable[[], list[Listed]]) -> list[Container]:
    """What Podman lists. A managed container that it calls stopped is LOST if it has processes, otherwise dead.

    Args:
        listed: function that asks Podman, which is that of this machine.
    """
    entries = listed()
    wrong = _wrong(entries)
    if wrong:
        time.sleep(CONFIRM_SECONDS)
        entries = listed()
        again = _wrong(entries)
        wrong = {ident: state for ident, state in wrong.items() if again.get(ident) == state}
    return [
        dataclasses.replace(each.container, state=wrong.get(each.container.id, each.container.state))
        for each in entries
    ]


def _wrong(entries: Iterable[Listed]) -> dict[str, str]:
    """Container id -> state that it has according to the kernel, where Podman says another one."""
    ours = [each for each in entries if LABEL_FLEET in each.container.labels]
    stopped = {each.container.id for each in ours if each.container.state in STOPPED}
    gone = {each.container.id for each in ours if each.container.state in ALIVE and not _is_of(each)}
    if not stopped and not gone:
        return {}
    found = _by_container()
    return {**dict.fromkeys(stopped & set(found), LOST), **dict.fromkeys(gone - set(found), DEAD)}


def _is_of(entry: Listed) -> bool:
    return entry.container.id in GROUP.findall(_read(f"{PROC}/{entry.pid}/cgroup")) and not _has_ended(entry.pid)


def orphans(known: Iterable[Container], config_dir: str) -> dict[str, list[str]]:
    """As Engine.orphans() says."""
    ids, services = {each.id for each in known}, _directories(config_dir)
    orphaned: dict[str, list[str]] = {}
    for ident, pids in _by_container().items():
        if ident not in ids:
            for service in sorted({services[place] for place in _mounted(pids[0]) if place in services}):
                orphaned.setdefault(service, []).append(ident)
    return orphaned


def _directories(config_dir: str) -> Mapping[tuple[int, int], str]:
    """Device and inode -> the service whose directory it is."""
    found = {}
    with contextlib.suppress(FileNotFoundError), os.scandir(config_dir) as entries:
        for each in entries:
            status = each.stat()
            found[status.st_dev, status.st_ino] = each.name
    return found


def _mounted(pid: int) -> list[tuple[int, int]]:
    """Device and inode of all that is mounted for a process (proc(5), mountinfo: the fifth field is where)."""
    found = []
    for line in _read(f"{PROC}/{pid}/mountinfo").splitlines():
        with contextlib.suppress(OSError):
            status = os.stat(f"{PROC}/{pid}/root{line.split()[4]}")
            found.append((status.st_dev, status.st_ino))
    return found


def end(ident: str, timeout: float) -> None:
    """End all processes of a container as the engine ends them; conmon ends after them.

    Args:
        ident: the container's id.
        timeout: seconds in which they may end before they are killed.
    """
    pids = _of(ident)
    for pid in pids:
        # The container's first process hands the signal on.
        if _parent(pid) not in pids:
            _kill(pid, signal.SIGTERM)
    _wait_for_end(ident, timeout if pids else 0)
    for pid in _of(ident):
        _kill(pid, signal.SIGKILL)
    _wait_for_end(ident, KILL_SECONDS)


def unmount(ident: str) -> None:
    """Unmount what a start that Podman does not know of has left in a container's directory, which it then removes."""
    points = [line.split()[4] for line in _read(f"{PROC}/self/mountinfo").splitlines()]
    for point in reversed(points):
        if f"/{ident}/userdata/" in point:
            ctypes.CDLL(None).umount2(os.fsencode(point), MNT_DETACH)


def _wait_for_end(ident: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _of(ident) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _of(ident: str) -> list[int]:
    return _by_container().get(ident, [])


def _by_container() -> dict[str, list[int]]:
    """Container id -> ids of its processes, but for those that have ended, which may be there for long."""
    found: dict[str, list[int]] = {}
    for pid in sorted(int(name) for name in os.listdir(PROC) if name.isdigit()):
        # The last one, where Podman runs in a container itself.
        for ident in GROUP.findall(_read(f"{PROC}/{pid}/cgroup"))[-1:]:
            if not _has_ended(pid):
                found.setdefault(ident, []).append(pid)
    return found


def _has_ended(pid: int) -> bool:
    return _status(pid)[:1] in ([], ["Z"], ["X"])


def _parent(pid: int) -> int:
    return int([*_status(pid), "0", "0"][1])


def _status(pid: int) -> list[str]:
    """State, parent and so on (proc(5), stat: what comes after the name, which is in parentheses)."""
    return _read(f"{PROC}/{pid}/stat").rpartition(")")[2].split()


def _kill(pid: int, kind: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, kind)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
