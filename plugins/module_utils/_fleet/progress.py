# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a run is, in a file that the controller reads meanwhile: a module itself is heard only at its end."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time

WRITE_SECONDS = 0.5


class Progress:
    """Counts services; safe to share between threads."""

    def __init__(self, path=None, total=0):
        """path: file to write, or None to tell nobody; total: services that the run changes."""
        self.path, self.total = path, total
        self.done = self.failed = 0
        self.begin, self.written = time.monotonic(), float("-inf")
        self.lock = threading.Lock()

    def step(self, failed):
        """One more service is done.

        Args:
            failed: bool, it came to nothing.
        """
        with self.lock:
            self.done += 1
            self.failed += failed
            self._write()

    def fail(self, count):
        """So many of the services that were done turned out not to be sound."""
        if not count:
            return
        with self.lock:
            self.failed += count
            self._write()

    def _write(self):
        now = time.monotonic()
        if self.path is None or now - self.written < WRITE_SECONDS:
            return
        self.written = now
        state = dict(done=self.done, failed=self.failed, total=self.total, seconds=now - self.begin)
        # A full disk must not end the run that it would only be told of.
        with contextlib.suppress(OSError):
            with open(self.path + ".new", "w", encoding="utf-8") as stream:
                json.dump(state, stream)
            os.replace(self.path + ".new", self.path)
