# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that still run although the engine calls them stopped, or has removed them.

An engine that is killed while it starts a container does not know that container's process when it is back. Then stop
and kill do nothing, and start is refused. Remove takes the container away and leaves the process, so a successor is a
second process of the service.

From 23 on (seen with 26.1.5 and 28.5.2; moby issue 48912) the engine ends that process and starts another one. It takes
the end of the first for that of the second, and restarts it again and again. In between, stop and remove succeed and
leave the process.

containerd's shim is the parent of a container's processes, and runs as long as they do. So it shows whether they run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LOST, STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container

SHIM = b"containerd-shim"
# A shim ends a moment after its container, and begins a moment before.
CONFIRM_SECONDS = 2
KILL_SECONDS = 10
POLL_SECONDS = 0.1
SHIM_POLL_SECONDS = 0.01


class Shims:
    """The process ids of shims by container, for any number of threads.

    A look reads only what processes were not there at the last one: a host of a thousand services has thousands.
    """

    def __init__(self) -> None:
        self.containers: dict[int, str | None] = {}
        self.lock = threading.Lock()

    def find(self, ident: str) -> int | None:
        """Process id of a container's shim, or None."""
        with self.lock:
            before = self.containers
            self.containers = {pid: before[pid] if pid in before else _container_of(pid) for pid in _pids()}
            candidates = [pid for pid, container in self.containers.items() if container == ident]
        # What has ended is there until its parent has taken note, which may be never.
        return next((pid for pid in candidates if _container_of(pid) == ident), None)


def verified(listed: Callable[[], list[Container]]) -> list[Container]:
    """What the engine lists, the lost ones with the state LOST.

    Args:
        listed: function that asks the engine, which is that of this machine; of another one's containers none is ever
            found lost.
    """
    containers = listed()
    suspects = _suspects(containers)
    if suspects:
        time.sleep(CONFIRM_SECONDS)
        containers = listed()
        suspects &= _suspects(containers)
    return [dataclasses.replace(each, state=LOST) if each.id in suspects else each for each in containers]


def _suspects(containers: Iterable[Container]) -> set[str]:
    stopped = {each.id for each in containers if each.state in STOPPED and LABEL_FLEET in each.labels}
    return stopped & set(_shims()) if stopped else set()


def orphans(known: Iterable[Container], config_dir: str) -> dict[str, list[str]]:
    """As Engine.orphans() says.

    An engine in a container of this machine (LXC, Docker in Docker) may have a fleet with the same path for its files.
    Its containers have other process ids inside, and the path is another directory there.
    """
    ids, root = {each.id for each in known}, os.path.realpath(config_dir)
    orphaned: dict[str, list[str]] = {}
    for ident, pid in _shims().items():
        mounted = [os.path.split(source) for source in _mounted(pid)] if ident not in ids else []
        for service in (name for directory, name in mounted if directory == root):
            if _is_of_this_machine(pid, os.path.join(root, service)):
                orphaned.setdefault(service, []).append(ident)
    return orphaned


def _is_of_this_machine(pid: int, path: str) -> bool:
    """Whether a process has the process ids of this one, and the same directory, or none, at a path."""
    same_ids = _identity(f"/proc/{pid}/ns/pid") == _identity("/proc/self/ns/pid")
    return same_ids and _identity(f"/proc/{pid}/root{path}") == _identity(path)


def _identity(path: str) -> tuple[int, int] | None:
    """Device and inode of what a path leads to, or None if it leads to nothing."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _mounted(shim: int) -> list[str]:
    """What a container mounts of the host. A shim works in its bundle (containerd, runtime/v2/README.md)."""
    try:
        spec = json.loads(_read(f"/proc/{shim}/cwd/config.json"))
    except ValueError:
        return []
    return [mount["source"] for mount in spec.get("mounts", ()) if "source" in mount]


def end(ident: str, timeout: float, shims: Shims) -> None:
    """End a lost container as the engine ends others; containerd clears away what its shim leaves.

    Args:
        ident: the container's id.
        timeout: seconds in which its processes may end before they are killed.
        shims: Shims.
    """
    shim = shims.find(ident)
    if shim is None:
        return
    for kind, seconds in ((signal.SIGTERM, timeout), (signal.SIGKILL, KILL_SECONDS)):
        for child in _children(shim):
            _kill(child, kind)
        _wait_for_children(shim, seconds)
    _kill(shim, signal.SIGKILL)


def end_removed(ident: str, timeout: float, shims: Shims) -> None:
    """End the processes of a container that the engine has removed. The arguments are those of end()."""
    deadline = time.monotonic() + CONFIRM_SECONDS
    while shims.find(ident):
        if time.monotonic() >= deadline:
            end(ident, timeout, shims)
            return
        time.sleep(SHIM_POLL_SECONDS)


def _wait_for_children(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _children(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(pid: int, kind: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, kind)


def _shims() -> dict[str, int]:
    """Container id to the process id of its shim."""
    return {ident: pid for pid in _pids() if (ident := _container_of(pid))}


def _container_of(pid: int) -> str | None:
    """Id of the container whose shim a process is, or None."""
    words = _read(f"/proc/{pid}/cmdline").split(b"\0")
    if os.path.basename(words[0]).startswith(SHIM) and b"-id" in words[:-1]:
        return words[words.index(b"-id") + 1].decode()
    return None


def _children(parent: int) -> list[int]:
    """Process ids; source: proc(5), stat: the parent is the second field after the name, which is in parentheses."""
    fields = ((pid, _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()) for pid in _pids())
    return [pid for pid, after in fields if after[1:2] == [str(parent).encode()]]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
