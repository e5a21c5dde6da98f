# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an assignment is made from: the Docker hosts with what is known of them, and what each service needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Site:
    """The Docker hosts and what is known of them.

    Attributes:
        able: list of str, those that answered.
        silent: list of str, those that did not and are not given up.
        dead: list of str, those given up.
        capacity, weight, known, move, standby, lease: as assign() takes them.
    """

    able: list[str]
    silent: list[str]
    dead: list[str]
    capacity: dict[str, int]
    weight: dict[str, float]
    known: frozenset[str] | None
    move: str
    standby: int
    lease: bool

    @property
    def hosts(self) -> list[str]:
        return [*self.able, *self.silent, *self.dead]

    def limit(self, host: str) -> float:
        """Services that a host may have."""
        return int(self.capacity.get(host) or 0) or math.inf

    def share(self, host: str) -> float:
        """Weight of a host; 0 takes nothing."""
        return float(self.weight.get(host, 1))

    def may_be_silent(self, target: dict) -> bool:
        """Whether a service without a known container may run on a host that does not answer."""
        if not self.silent:
            return False
        return self.known is None or target["service"] in self.known or target["docker_host"] in self.silent


@dataclass
class Need:
    """One service that needs hosts: kept are those that it has for certain, held those that it has and may lose."""

    target: dict
    wanted: int
    kept: list[str]
    held: list[str] = field(default_factory=list)

    @property
    def service(self) -> str:
        return self.target["service"]

    @property
    def missing(self) -> int:
        return self.wanted - len(self.kept)
