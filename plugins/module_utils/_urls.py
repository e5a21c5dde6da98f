# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a URL leads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def place_of_url(url: str, ports: Mapping[str, int] | None = None) -> tuple[str, int]:
    """Return the (name or address, port) of a URL; "" as name where it has none.

    Args:
        url: any text.
        ports: scheme -> port of a URL without one.
    """
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or (ports or {}).get(parts.scheme, 443)
    except ValueError:
        return "", 443
