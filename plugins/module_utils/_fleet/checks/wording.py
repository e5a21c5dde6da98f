# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wording that several checks share."""

from __future__ import annotations

from collections.abc import Sequence


def who_needs(services: Sequence[str]) -> str:
    """Such as C(a and 2 others need), or C(a needs)."""
    others = len(services) - 1
    return f"{min(services)} and {others} others need" if others else f"{services[0]} needs"
