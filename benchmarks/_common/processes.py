# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs processes, measures their time, and ends them with the benchmark."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

LOG_TAIL = 4000


class Failed(Exception):
    """A process did not do what the benchmark measures, so its figures are worthless."""


def timed(command, environment, log):
    """Run a command to its end.

    Args:
        command: list of str.
        environment: dict.
        log: file for its output.

    Returns:
        float: seconds.

    Raises:
        Failed: its exit status is not 0.
    """
    with log.open("wb") as stream:
        begin = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            status = process.wait()
        except BaseException:
            kill_tree(process.pid)
            raise
        seconds = time.monotonic() - begin
    if status:
        text = log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
        raise Failed(f"{' '.join(map(str, command))} ended with status {status}:\n{text}")
    return seconds


def kill_tree(pid):
    """Send SIGKILL to a process and all its descendants. Ansible's workers leave its process group.

    They are stopped first, so that none of them starts another one meanwhile.
    """
    for kind in (signal.SIGSTOP, signal.SIGKILL):
        for one in [pid, *_descendants(pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, kind)


def _descendants(pid):
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # proc(5): the name is in parentheses, and the parent is the second field after it.
            parent = int(path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found
