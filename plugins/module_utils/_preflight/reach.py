# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to many endpoints at the same time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.at_once import LATE, at_once

ENDPOINT_ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    address=dict(type="str", required=True),
    port=dict(type="int", required=True),
    variable=dict(type="str", required=True),
    targets=dict(type="list", elements="str", default=[]),
)


@dataclass(frozen=True)
class Unreachable:
    """Why nothing answers at an address: its name does not resolve (resolved is False), or its port is silent."""

    resolved: bool
    reason: str


def probe_all(addresses: Iterable[tuple[str, int]], timeout: float) -> dict[tuple[str, int], Unreachable | None]:
    """Connect to each address once.

    Args:
        addresses: iterable of (name or address, port). Duplicates are tried once.
        timeout: seconds for one.

    Returns:
        dict: (name or address, port) -> Unreachable, or None where it answers.
    """
    unique = list(dict.fromkeys(addresses))
    answers = at_once(lambda place: probe(place[0], place[1], timeout), unique, timeout)
    # A connection attempt ends in time by itself. Only the name server can take longer.
    late = Unreachable(False, f"the name servers do not answer within {timeout} s")
    return {address: late if result is LATE else result for address, result in zip(unique, answers)}


def probe(address: str, port: int, timeout: float) -> Unreachable | None:
    """Connect once, to each of the addresses of a name in turn.

    Args:
        address: name or address; port: TCP port; timeout: seconds for all of it.

    Returns:
        Unreachable, or None.
    """
    if not address:
        return Unreachable(False, "there is no name")
    try:
        places = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Unreachable(False, _reason(error))
    except (UnicodeError, OverflowError):
        return Unreachable(False, "it is not a valid host name")
    deadline, reason = time.monotonic() + timeout, "timed out"
    for family, kind, protocol, _name, place in places:
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


def _connect(family: int, kind: int, protocol: int, place: Any, seconds: float) -> None:
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(seconds)
        connection.connect(place)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def unreachable(endpoints: Sequence[Mapping[str, Any]], timeout: float) -> list[str]:
    """Try each endpoint once.

    Args:
        endpoints: list of dict with address, port, variable, targets.
        timeout: seconds for one connection.

    Returns:
        list of str, a sentence for each that does not answer.
    """
    answers = probe_all([(endpoint["address"], endpoint["port"]) for endpoint in endpoints], timeout)
    return [
        _sentence(endpoint, silent.reason)
        for endpoint in endpoints
        if (silent := answers[endpoint["address"], endpoint["port"]])
    ]


def _sentence(endpoint: Mapping[str, Any], reason: str) -> str:
    targets = endpoint["targets"]
    needed = f" {len(targets)} targets need it, {targets[0]} among them." if targets else ""
    return (
        f"{endpoint['variable']}: {endpoint['address']} port {endpoint['port']} does not answer: {reason}.{needed} "
        "Correct the address, or open the way to it from this Docker host."
    )
