# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many of the services may be away at once."""

from __future__ import annotations

import re


def share(value: str, services: int) -> int:
    """A count, or a share of the services.

    Args:
        value: such as C(3) or C(10%).
        services: how many the Docker host shall run.

    Returns:
        At least 1. A share is rounded down, as Kubernetes does for maxUnavailable.

    Raises:
        ValueError: the value is neither.
    """
    match = re.fullmatch(r"(\d+)(%?)", value.strip())
    if not match or (match.group(2) and int(match.group(1)) > 100):
        raise ValueError(f"max_unavailable {value!r}: write a number of services such as 2, or a share such as 10%.")
    number = int(match.group(1))
    return max(1, number * services // 100 if match.group(2) else number)
