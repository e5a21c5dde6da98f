# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spreads starts over time, so that hundreds of starting services do not slow down those that run."""

from __future__ import annotations

import threading
import time


class Pace:
    """A virtual schedule (the generic cell rate algorithm, ITU-T I.371): each start takes the next slot.

    Threads may share it.
    """

    def __init__(self, seconds: float, burst: int) -> None:
        """seconds: between two slots; burst: slots that may be taken at once."""
        self.seconds, self.slack = seconds, seconds * (burst - 1)
        self.next, self.lock = 0.0, threading.Lock()

    def wait(self) -> None:
        """Block until this start may happen."""
        if not self.seconds:
            return
        with self.lock:
            now = time.monotonic()
            slot = max(self.next, now)
            self.next = slot + self.seconds
        time.sleep(max(0.0, slot - self.slack - now))
