# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes times of Docker, nova and this collection. All are UTC."""

from __future__ import annotations

import datetime

FORM = "%Y-%m-%dT%H:%M:%S"


def seconds(text: str) -> float:
    """Seconds since the epoch of a UTC time in nova's form (no zone) or Docker's (nanoseconds, Z).

    Raises:
        ValueError: the text is not such a time.
    """
    return datetime.datetime.strptime(text[:19], FORM).replace(tzinfo=datetime.timezone.utc).timestamp()


def text(seconds_since_epoch: float) -> str:
    """The time, such as 2026-11-28T22:48:04Z."""
    return datetime.datetime.fromtimestamp(seconds_since_epoch, datetime.timezone.utc).strftime(FORM) + "Z"
