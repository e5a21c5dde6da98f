# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""choose_hosts(site, needs) -> the Docker hosts of each service, as level as their shares allow.  Pure."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.site import Need, Site


def choose_hosts(site: Site, needs: list[Need]) -> dict[str, list[str]]:
    """Service to its hosts: where the services are, if no other choice makes the hosts more level.

    The choice is repeated from its own result until it stays, so that the next run moves nothing. That ends, as each
    round makes the hosts more level.
    """
    while True:
        chosen = _choose(site, needs)
        stay = {need.service: [*need.kept, *need.held][: need.wanted] for need in needs}
        if all(len(stay[need.service]) == need.wanted for need in needs) and _loads(site, stay) <= _loads(site, chosen):
            return stay
        if any(len(chosen[need.service]) < need.wanted for need in needs):
            return chosen
        needs = [replace(need, held=chosen[need.service][len(need.kept) :]) for need in needs]


def _loads(site: Site, chosen: dict[str, list[str]]) -> list[float]:
    """Containers of each host relative to its share, the highest first; infinite where there is no room for them."""
    counts = Counter(host for hosts in chosen.values() for host in hosts)
    return sorted((_load(site, host, counts[host]) for host in site.able), reverse=True)


def _load(site: Site, host: str, count: int) -> float:
    if not count:
        return 0
    return count / site.share(host) if site.share(host) > 0 and count <= site.limit(host) else math.inf


def _choose(site: Site, needs: list[Need]) -> dict[str, list[str]]:
    """Service to its hosts, as far as there is room; those that run stay while their host has a seat for them."""
    taken = Counter(host for need in needs for host in need.kept)
    holding = Counter(host for need in needs for host in need.held)
    seats = _seats(site, taken, sum(need.missing for need in needs), holding)
    chosen = {need.service: list(need.kept) for need in needs}
    for need in needs:
        for host in need.held[: need.wanted]:
            if host in seats:
                seats.remove(host)
                chosen[need.service].append(host)
    fixed = {service: len(hosts) for service, hosts in chosen.items()}
    # Round by round, so that first containers are level, too.
    for number in range(1, 2 + site.standby):
        for need in needs:
            if len(chosen[need.service]) < min(number, need.wanted):
                _seat(site, chosen, need.service, seats, fixed)
    return chosen


def _seat(site: Site, chosen: dict[str, list[str]], service: str, seats: list[str], fixed: dict[str, int]) -> None:
    """One host more for a service: a seat on one that it does not have yet, otherwise any host with room."""
    host = next((seat for seat in seats if seat not in chosen[service]), None)
    if host:
        seats.remove(host)
    elif seats:
        host = _traded(chosen, service, seats, fixed)
    if not host:
        counts = Counter(host for hosts in chosen.values() for host in hosts)
        able = [one for one in _roomy(site, counts) if one not in chosen[service]]
        if not able:
            return
        host = min(able, key=lambda one: ((counts[one] + 1) / site.share(one), one))
    chosen[service].append(host)


def _traded(chosen: dict[str, list[str]], service: str, seats: list[str], fixed: dict[str, int]) -> str | None:
    """The standby's host of another service, which takes a seat that this service cannot use."""
    for seat in seats:
        for other, hosts in chosen.items():
            if seat not in hosts and len(hosts) > max(1, fixed[other]) and hosts[-1] not in chosen[service]:
                seats.remove(seat)
                host, hosts[-1] = hosts[-1], seat
                return host
    return None


def _roomy(site: Site, counts: Counter) -> list[str]:
    return [host for host in site.able if site.share(host) > 0 and counts[host] < site.limit(host)]


def _seats(site: Site, taken: Counter, number: int, holding: Counter) -> list[str]:
    """Hosts for a number of containers, one an entry, by the highest averages (D'Hondt); as many as there is room for.

    Of hosts that are equally good, one is taken that would otherwise lose a service: no balance takes fewer moves.
    """
    seats, given, counts = [], Counter[str](), Counter(taken)

    def key(host: str) -> tuple:
        return (counts[host] + 1) / site.share(host), given[host] >= holding[host], host

    for _seat in range(number):
        able = _roomy(site, counts)
        if not able:
            break
        best = min(able, key=key)
        seats.append(best)
        given[best] += 1
        counts[best] += 1
    return seats
