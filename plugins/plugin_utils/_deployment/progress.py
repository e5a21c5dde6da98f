# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows how far a module is while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

SHOW_SECONDS = 5.0


def sentence(state: Mapping[str, Any]) -> str:
    """Say how far a run is.

    Args:
        state: dict with done, failed, total (services) and seconds, as the module's file holds them.

    Returns:
        str
    """
    rate = state["done"] / state["seconds"] if state["seconds"] > 0 else 0.0
    parts = [f"{state['done']} of {state['total']} services done", f"{state['failed']} failed"]
    if rate:
        left = (state["total"] - state["done"]) / rate
        parts += [f"{rate:.1f} a second", f"about {left:.0f} s left"]
    return ", ".join(parts)


class Watch:
    """Context manager: reads and shows a state every few seconds for as long as it lasts."""

    def __init__(self, read: Callable[[], Mapping[str, Any] | None], show: Callable[[str], None]) -> None:
        """read: callable that returns the state as sentence() takes it, or None; show: callable that takes a str."""
        self.read, self.show = read, show
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.over.set()
        # A connection that hangs is the run's problem, not the watch's.
        self.thread.join(SHOW_SECONDS)

    def _run(self) -> None:
        while not self.over.wait(SHOW_SECONDS):
            state = self.read()
            if state and not self.over.is_set():
                self.show(sentence(state))
