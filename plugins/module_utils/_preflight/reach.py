# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to many endpoints at once."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.at_once import LATE, at_once


@dataclass(frozen=True)
class Unreachable:
    """Why nothing answers at an address: its name does not resolve (resolved is False), or its port is silent."""

    resolved: bool
    reason: str


def probe_all(addresses, timeout):
    """Connect to every address once.

    Args:
        addresses: iterable of (name or address, port); one that is given twice is tried once.
        timeout: seconds for one.

    Returns:
        dict: (name or address, port) -> Unreachable, or None where it answers.
    """
    unique = list(dict.fromkeys(addresses))
    found = at_once(lambda address: probe(*address, timeout), unique, timeout)
    # A connection ends in time by itself; only the name server can take longer.
    late = Unreachable(False, f"the name servers do not answer within {timeout} s")
    return {address: late if result is LATE else result for address, result in zip(unique, found)}


def probe(address, port, timeout):
    """Connect once, to each of the addresses of a name in turn.

    Args:
        address: name or address; port: TCP port; timeout: seconds for all of it.

    Returns:
        Unreachable, or None.
    """
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Unreachable(False, _reason(error))
    except (UnicodeError, OverflowError):
        return Unreachable(False, "it is no host name")
    deadline, reason = time.monotonic() + timeout, "timed out"
    for family, kind, protocol, _name, place in found:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            _connect(family, kind, protocol, place, left)
        except (OSError, OverflowError) as error:
            reason = _reason(error)
        else:
            return None
    return Unreachable(True, reason)


def _connect(family, kind, protocol, place, seconds):
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(seconds)
        connection.connect(place)


def _reason(error):
    return getattr(error, "strerror", None) or str(error)


def unreachable(endpoints, timeout):
    """Try every endpoint once.

    Args:
        endpoints: list of dict with address, port, variable, targets.
        timeout: seconds for one connection.

    Returns:
        list of str, a sentence for each that does not answer.
    """
    found = probe_all([(one["address"], one["port"]) for one in endpoints], timeout)
    answers = [(one, found[one["address"], one["port"]]) for one in endpoints]
    return [_sentence(endpoint, answer.reason) for endpoint, answer in answers if answer]


def _sentence(endpoint, reason):
    targets = endpoint["targets"]
    needed = f" {len(targets)} targets need it, {targets[0]} among them." if targets else ""
    return (
        f"{endpoint['variable']}: {endpoint['address']} port {endpoint['port']} does not answer: {reason}.{needed} "
        "Correct the address, or open the way to it from this Docker host."
    )
