# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the progress of a run to a file, which the controller reads meanwhile.

A module's result comes only at its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time

WRITE_SECONDS = 0.5


class Progress:
    """Counts services. Threads may share it."""

    def __init__(self, path: str | None = None, total: int = 0) -> None:
        """Arguments:
        path: file to write, or None for no file.
        total: number of services that the run changes.
        """
        self.path, self.total = path, total
        self.done = self.failed = 0
        self.begin, self.written = time.monotonic(), float("-inf")
        self.lock = threading.Lock()

    def step(self, failed: bool) -> None:
        """Count one more service as done.

        Args:
            failed: whether it failed.
        """
        with self.lock:
            self.done += 1
            self.failed += failed
            self._write()

    def fail(self, count: int) -> None:
        """Count services as failed that were counted as done, and turned out not to be healthy."""
        if not count:
            return
        with self.lock:
            self.failed += count
            self._write()

    def _write(self) -> None:
        now = time.monotonic()
        if self.path is None or now - self.written < WRITE_SECONDS:
            return
        self.written = now
        state = dict(done=self.done, failed=self.failed, total=self.total, seconds=now - self.begin)
        # Progress is best effort: a full disk must not fail the run.
        with contextlib.suppress(OSError):
            with open(self.path + ".new", "w", encoding="utf-8") as stream:
                json.dump(state, stream)
            os.replace(self.path + ".new", self.path)
