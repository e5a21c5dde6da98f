# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calculates how many services may be unavailable at the same time."""

from __future__ import annotations

import re


def share(value: str, services: int) -> int:
    """A count, or a share of the services.

    Args:
        value: such as C(3) or C(10%).
        services: number of services that the Docker host runs.

    Returns:
        At least 1. A share is rounded down, as Kubernetes does for maxUnavailable.

    Raises:
        ValueError: the value is neither a number nor a share.
    """
    match = re.fullmatch(r"(\d+)(%?)", value.strip())
    if not match or (match.group(2) and int(match.group(1)) > 100):
        raise ValueError(f"max_unavailable {value!r}: write a number of services such as 2, or a share such as 10%.")
    number = int(match.group(1))
    return max(1, number * services // 100 if match.group(2) else number)
