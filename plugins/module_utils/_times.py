# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as Docker, nova and this collection write them: UTC."""

from __future__ import annotations

import datetime

FORM = "%Y-%m-%dT%H:%M:%S"


def seconds(text: str) -> float:
    """Seconds since the epoch of a UTC time as nova (no zone) or Docker (nanoseconds, Z) writes it.

    Raises:
        ValueError: the text is no such time.
    """
    return datetime.datetime.strptime(text[:19], FORM).replace(tzinfo=datetime.timezone.utc).timestamp()


def text(seconds_since_epoch: float) -> str:
    """The time, such as 2026-11-28T22:48:04Z."""
    return datetime.datetime.fromtimestamp(seconds_since_epoch, datetime.timezone.utc).strftime(FORM) + "Z"
