# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to many endpoints at once."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

# Waiting threads cost little; the bound keeps a list of thousands from exhausting files.
MOST_AT_ONCE = 256


def unreachable(endpoints, timeout):
    """Try every endpoint once.

    Args:
        endpoints: list of dict with address, port, variable, targets.
        timeout: seconds for one connection.

    Returns:
        list of str, a sentence for each that does not answer.
    """
    if not endpoints:
        return []
    with ThreadPoolExecutor(max_workers=min(MOST_AT_ONCE, len(endpoints))) as pool:
        reasons = pool.map(lambda endpoint: _reason(endpoint["address"], endpoint["port"], timeout), endpoints)
        return [_sentence(endpoint, reason) for endpoint, reason in zip(endpoints, reasons) if reason]


def _reason(address, port, timeout):
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return None
    except OSError as error:
        return error.strerror or str(error)
    except UnicodeError:
        return "it is no host name"


def _sentence(endpoint, reason):
    targets = endpoint["targets"]
    needed = f" {len(targets)} targets need it, {targets[0]} among them." if targets else ""
    return (
        f"{endpoint['variable']}: {endpoint['address']} port {endpoint['port']} does not answer: {reason}.{needed} "
        "Correct the address, or open the way to it from this Docker host."
    )
