# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Allows one run at a time on a fleet of a Docker host."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import quote

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure

LOCK_DIRECTORY = "/run/lock"


class Locked(Failure):
    """Another run holds the fleet."""


@contextmanager
def fleet_lock(fleet: str, timeout: float, shared: bool = False) -> Iterator[None]:
    """Hold the fleet's lock. The kernel releases it when the process ends for any reason.

    Args:
        fleet: name.
        timeout: seconds to wait for it.
        shared: whether the run only reads, so that others may read at the same time.

    Raises:
        Locked: another run held it all the time.
    """
    path = os.path.join(LOCK_DIRECTORY, f"novafleet-{quote(fleet, safe='')}.lock")
    os.makedirs(LOCK_DIRECTORY, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as stream:
        _acquire(stream, path, timeout, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def _acquire(stream: IO[str], path: str, timeout: float, kind: int) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(stream, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Locked(
                    f"Another run holds this fleet on this Docker host ({path}). "
                    f"Waited {timeout} s. Wait until the other run has ended, or raise lock_timeout."
                ) from None
            time.sleep(0.2)
