# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends a request that takes longer than its time-out, also while its answer comes in drips.

The time-out of requests is for each read from the connection, so an answer of one byte a minute has no end.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests


def bound(session: requests.Session) -> None:
    """Make each request of a session end in its time-out, with its whole answer or an error.

    Args:
        session: of requests.
    """
    for adapter in set(session.adapters.values()):
        # Not the type's method, but that of this adapter.
        vars(adapter)["send"] = _whole(adapter.send)


def _whole(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    def sent(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        with _deadline(options.get("timeout")):
            answer = send(request, **options)
            _read(answer)
        return answer

    return sent


def _read(answer: requests.Response) -> bytes:
    """Read an answer to its end. The answer keeps what was read."""
    return answer.content


@contextmanager
def _deadline(seconds: Any) -> Iterator[None]:
    """Raise socket.timeout after a number of seconds. Signals come to the main thread only, in which modules run."""
    if not isinstance(seconds, (int, float)) or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _late(_number: int, _frame: Any) -> None:
    raise socket.timeout("timed out before the answer was complete")
