# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses that services need to reach, each with the services that need it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class NeededAddress(NamedTuple):
    """An address that a service needs to reach, and the variable that it comes from."""

    address: str
    port: int
    variable: str


class Endpoints:
    """Collects the addresses that all targets need."""

    def __init__(self) -> None:
        self.targets: dict[NeededAddress, list[str]] = {}

    def add(self, host: str, needs: Iterable[NeededAddress]) -> None:
        """Add the addresses that the service of an inventory host needs."""
        for need in needs:
            self.targets.setdefault(need, []).append(host)

    def listed(self) -> list[dict[str, Any]]:
        """All addresses, in the form of option endpoints of the module preflight."""
        return [dict(need._asdict(), targets=hosts) for need, hosts in self.targets.items()]
