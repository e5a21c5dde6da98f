# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls a function for many items at the same time, and waits no longer than the agreed time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

# Waiting threads cost little. The limit prevents that a list of thousands needs too many files (ulimit -n is 1024).
MOST_AT_ONCE = 512
# Seconds that the machine may need to start and wake so many threads.
GRACE_SECONDS = 2.0

LATE = object()


def at_once(function: Callable[[Any], Any], items: Sequence[Any], seconds: float) -> list[Any]:
    """Call a function for every item, MOST_AT_ONCE at the same time.

    The threads are daemons: a thread that hangs, for example on a dead name server, does not keep the process alive.

    Args:
        function: callable of one item.
        items: list.
        seconds: limit for one call.

    Returns:
        list of results in the order of the items; LATE for those that were not ready in time.

    Raises:
        Exception: the first one that a call raised.
    """
    todo: queue.SimpleQueue = queue.SimpleQueue()
    done: queue.SimpleQueue = queue.SimpleQueue()
    for numbered in enumerate(items):
        todo.put(numbered)
    for _thread in range(min(MOST_AT_ONCE, len(items))):
        threading.Thread(target=_work, args=(function, todo, done), daemon=True).start()
    return _collect(todo, done, len(items), time.monotonic() + budget(len(items), seconds))


def budget(number: int, seconds: float) -> float:
    """Seconds that a number of calls may take together."""
    return -(-number // MOST_AT_ONCE) * seconds + GRACE_SECONDS


def _work(function: Callable[[Any], Any], todo: queue.SimpleQueue, done: queue.SimpleQueue) -> None:
    while True:
        try:
            index, item = todo.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((index, function(item), None))
        except Exception as error:
            done.put((index, None, error))


def _collect(todo: queue.SimpleQueue, done: queue.SimpleQueue, number: int, deadline: float) -> list[Any]:
    results: list[Any] = [LATE] * number
    for _result in range(number):
        try:
            index, result, error = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if error is not None:
            raise error
        results[index] = result
    _drain(todo)
    return results


def _drain(todo: queue.SimpleQueue) -> None:
    """No call starts after the deadline."""
    while True:
        try:
            todo.get_nowait()
        except queue.Empty:
            return
