# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes times of Docker, nova and this collection. All are UTC."""

from __future__ import annotations

import datetime
import re

FORM = "%Y-%m-%dT%H:%M:%S"
ZONE = re.compile(r"([+-])(\d\d):(\d\d)$")


def seconds(text: str) -> float:
    """Seconds since the epoch of a time of nova (UTC, without a zone), Docker (UTC) or Podman (with its zone).

    Raises:
        ValueError: the text is not such a time.
    """
    moment = datetime.datetime.strptime(text[:19], FORM).replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() - _ahead(text)


def _ahead(text: str) -> int:
    """Seconds that the zone of a time is ahead of UTC."""
    match = ZONE.search(text, len("2026-11-28T22:48:04"))
    if not match:
        return 0
    minutes = int(match[2]) * 60 + int(match[3])
    return 60 * (-minutes if match[1] == "-" else minutes)


def utc(moment: str) -> str:
    """The same time without another zone than UTC, so that texts compare as times do."""
    return text(seconds(moment)) if _ahead(moment) else moment


def text(seconds_since_epoch: float) -> str:
    """The time, such as 2026-11-28T22:48:04Z."""
    return datetime.datetime.fromtimestamp(seconds_since_epoch, datetime.timezone.utc).strftime(FORM) + "Z"
