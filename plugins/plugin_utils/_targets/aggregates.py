# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host aggregates that a target's service joins when it is new.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VARIABLE = "services_aggregates"
NAME, ZONE = "name", "availability_zone"


def aggregates_of(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a target asks for, not checked: dicts of name and availability_zone, a text or None.

    Args:
        settings: of the target.

    Raises:
        TypeError: it is not a list of dicts.
    """
    value = settings.get(VARIABLE) or []
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, Mapping) for one in value):
        raise TypeError(VARIABLE)
    return [{NAME: one.get(NAME), ZONE: one.get(ZONE)} for one in value]
