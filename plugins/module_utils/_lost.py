# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that the engine calls stopped although they live.

An engine that is killed while it starts a container does not know that container's process when it
is back: stop and kill do nothing, start is refused, and remove takes the container away and leaves
the process, a second one of its service as soon as there is a successor.  containerd's shim, which is
the parent of a container's processes and lives as long as they do, tells the truth.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time

from ansible_collections.novafleet.compute.plugins.module_utils._plan import LOST, STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._spec import LABEL_FLEET

SHIM = b"containerd-shim"
# A shim ends a moment after its container, and begins a moment before.
CONFIRM_SECONDS = 2
KILL_SECONDS = 10
POLL_SECONDS = 0.1


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


def end(ident, timeout):
    """End a lost container as the engine ends others; containerd clears away what its shim leaves.

    Args:
        ident: the container's id.
        timeout: seconds in which its processes may end before they are killed.
    """
    shim = _shims().get(ident)
    if shim is None:
        return
    for kind, seconds in ((signal.SIGTERM, timeout), (signal.SIGKILL, KILL_SECONDS)):
        for child in _children(shim):
            _kill(child, kind)
        _wait_for_children(shim, seconds)
    _kill(shim, signal.SIGKILL)


def _wait_for_children(pid, seconds):
    deadline = time.monotonic() + seconds
    while _children(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(pid, kind):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, kind)


def _shims():
    """Container id to the process id of its shim."""
    found = {}
    for pid in _pids():
        words = _read(f"/proc/{pid}/cmdline").split(b"\0")
        if os.path.basename(words[0]).startswith(SHIM) and b"-id" in words[:-1]:
            found[words[words.index(b"-id") + 1].decode()] = pid
    return found


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
