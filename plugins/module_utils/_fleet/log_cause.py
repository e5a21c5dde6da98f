# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds in a nova-compute's log why it is not healthy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 500

# oslo.log's default formats: one for messages, one for each line of a traceback, which has no request in brackets
# (oslo_log/_options.py, logging_context_format_string and logging_exception_prefix).
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+ \d+ ([A-Z]+) (\S+) ?(.*)")
REQUEST = re.compile(r"\[(?:-|None|req-|None req-)[^\]]*\] ?")
# nova-compute waits for its conductor with nothing worse than a warning (nova/conductor/api.py, wait_until_ready).
WAITS = re.compile(r"Timed out waiting for nova-conductor")
# The line that ends a traceback; the class comes with its module.
EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Z]\w*)(: .*|)")
TRACEBACK = "Traceback (most recent call last):"
# The sequence that colours a line on a terminal. Older formats of oslo.log end messages with it.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Python's own messages. The next process logs them when it starts.
WARNING = re.compile(r"\S+:\d+: \w*Warning: ")
UNHANDLED = re.compile(r"Unhandled error: ")


def last_cause(log: str) -> str:
    """The last error of a log, in one line.

    Args:
        log: the end of the log of a nova-compute, or of the program that ended in its place.

    Returns:
        The message of the last exception with its class, or of the last error; empty if there is none.
    """
    for block in reversed(_blocks(COLOUR.sub("", log))):
        cause = _exception(block) or _message(block)
        if cause:
            return cause[:LONGEST]
    return ""


def _blocks(log: str) -> list[list[str]]:
    """Yield the lines of each error, without the prefix of the log format."""
    blocks: list[list[str]] = []
    logger: str | None = None
    lines = log.splitlines()
    silent = not any(LINE.match(line) for line in lines)
    for line in lines:
        match = LINE.match(line)
        if match is None:
            if WARNING.match(line) and not silent:
                logger = None
            # The rest of a message, Python's own last message, or that of a program that ended before nova could log.
            if line == TRACEBACK or (silent and not blocks):
                blocks, logger = [*blocks, []], ""
            if logger is not None:
                blocks[-1].append(line)
            continue
        level, name, text = match.groups()
        if level not in ("ERROR", "CRITICAL") and not WAITS.search(text):
            logger = None
            continue
        begins = name != logger or REQUEST.match(text)
        if begins:
            blocks, logger = [*blocks, []], name
        blocks[-1].append(REQUEST.sub("", text, count=1) if begins else text)
    return blocks


def _exception(block: list[str]) -> str:
    """The exception at the end of a traceback, with all lines of its message. Of a chain, the last one."""
    starts = [index for index, line in enumerate(block) if line.strip() == TRACEBACK]
    if not starts:
        return ""
    for index in range(starts[-1] + 1, len(block)):
        match = EXCEPTION.fullmatch(block[index])
        if match:
            return _joined([match.group(1) + match.group(2), *block[index + 1 :]])
    return ""


def _message(block: list[str]) -> str:
    """The first line, unless a traceback was cut off there."""
    lines = [line for line in block if line.strip()]
    if not lines or any(line.strip() == TRACEBACK for line in lines[:1]):
        return ""
    lines = lines[: next((index for index, line in enumerate(lines) if line.strip() == TRACEBACK), len(lines))]
    return _joined([UNHANDLED.sub("", lines[0], count=1), *lines[1:]])


def _joined(lines: Iterable[str]) -> str:
    return " ".join(word for line in lines for word in line.split())
