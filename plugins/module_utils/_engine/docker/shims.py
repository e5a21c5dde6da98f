# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that live although the engine calls them stopped, or has removed them.

An engine that is killed while it starts a container does not know that container's process when it
is back: stop and kill do nothing, start is refused, and remove takes the container away and leaves
the process, a second one of its service as soon as there is a successor.  From 23 on (seen with
26.1.5 and 28.5.2; moby issue 48912) the engine ends that process and starts another one, but takes
the end of the first for that of the second: it restarts it again and again, and in between stop and
remove succeed and leave the process.  containerd's shim, which is the parent of a container's
processes and lives as long as they do, tells the truth.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import threading
import time

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LOST, STOPPED

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

    def __init__(self):
        self.containers, self.lock = {}, threading.Lock()

    def find(self, ident):
        """Process id of a container's shim, or None."""
        with self.lock:
            before = self.containers
            self.containers = {pid: before[pid] if pid in before else _container_of(pid) for pid in _pids()}
            found = [pid for pid, container in self.containers.items() if container == ident]
        # What has ended is there until its parent has taken note, which may be never.
        return next((pid for pid in found if _container_of(pid) == ident), None)


def containers(engine):
    """What Engine.containers() lists, the lost ones with the state LOST.

    Args:
        engine: Engine of this machine; of another one's containers none is ever found lost.

    Returns:
        list of Container
    """
    found = engine.containers()
    suspects = _suspects(found)
    if suspects:
        time.sleep(CONFIRM_SECONDS)
        found = engine.containers()
        suspects &= _suspects(found)
    return [dataclasses.replace(one, state=LOST) if one.id in suspects else one for one in found]


def _suspects(found):
    stopped = {one.id for one in found if one.state in STOPPED and LABEL_FLEET in one.labels}
    return stopped & set(_shims()) if stopped else set()


def orphans(known, config_dir):
    """Containers that the engine has no more, and whose processes still run as one of the services.

    Args:
        known: list of Container, all that the engine has.
        config_dir: str, directory of the services' files; whoever mounts a service's files is that service.

    Returns:
        dict: service -> list of container ids.
    """
    ids, root, found = {one.id for one in known}, os.path.realpath(config_dir), {}
    for ident, pid in _shims().items():
        mounted = [os.path.split(source) for source in _mounted(pid)] if ident not in ids else []
        for service in (name for directory, name in mounted if directory == root):
            found.setdefault(service, []).append(ident)
    return found


def _mounted(shim):
    """What a container mounts of the host. A shim works in its bundle (containerd, runtime/v2/README.md)."""
    try:
        spec = json.loads(_read(f"/proc/{shim}/cwd/config.json"))
    except ValueError:
        return []
    return [mount["source"] for mount in spec.get("mounts", ()) if "source" in mount]


def end(ident, timeout, shims):
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


def end_removed(ident, timeout, shims):
    """End what lives on of a container that the engine has removed; arguments as of end()."""
    deadline = time.monotonic() + CONFIRM_SECONDS
    while shims.find(ident):
        if time.monotonic() >= deadline:
            end(ident, timeout, shims)
            return
        time.sleep(SHIM_POLL_SECONDS)


def _wait_for_children(pid, seconds):
    deadline = time.monotonic() + seconds
    while _children(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(pid, kind):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, kind)


def _shims():
    """Container id to the process id of its shim."""
    return {ident: pid for pid in _pids() if (ident := _container_of(pid))}


def _container_of(pid):
    """Id of the container whose shim a process is, or None."""
    words = _read(f"/proc/{pid}/cmdline").split(b"\0")
    if os.path.basename(words[0]).startswith(SHIM) and b"-id" in words[:-1]:
        return words[words.index(b"-id") + 1].decode()
    return None


def _children(parent):
    """Process ids; source: proc(5), stat: the parent is the second field after the name, which is in parentheses."""
    fields = ((pid, _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()) for pid in _pids())
    return [pid for pid, after in fields if after[1:2] == [str(parent).encode()]]


def _pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
