# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""assign(targets, hosts, answers) -> which Docker hosts run which service.  Pure.

A service stays where its containers are: a nova-compute is moved only when the operator asks for it, never because the
inventory grew.  Which Docker host runs which service, only the Docker hosts know: what may be on one that does not
answer is left alone.  A superfluous container does no harm: it waits for the lease (docs/lease.md).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

# What may be moved: nothing; services whose pin is elsewhere; and, beyond these, what makes the hosts level.
MOVES = ("never", "pinned", "balanced")
# Of several containers of a service, the first of these is kept.
PREFERENCE = ("active", "standby", "starting")


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


def assign(
    targets: list[dict],
    hosts: list[str],
    answers: dict[str, dict],
    capacity: dict[str, int] | None = None,
    weight: dict[str, float] | None = None,
    known: list[str] | None = None,
    move: str = "never",
    dead: Iterable[str] = (),
    standby: int = 0,
    lease: bool = True,
    others: Iterable[dict] = (),
) -> dict:
    """Give each target its Docker hosts.

    Args:
        targets: dicts with target, service, docker_host (a pin, or None) and local (the hypervisor is a Docker host).
        hosts: all Docker hosts of the inventory.
        answers: Docker host -> result of the module containers_info. One without services did not answer.
        capacity: Docker host -> services that it may have; 0 sets no limit.
        weight: Docker host -> share of the services relative to the others; 1 if missing, 0 takes nothing.
        known: services that nova has a record of, so they may run on a silent host; None if nova was not asked.
        move: one of MOVES.
        dead: Docker hosts that the operator gives up: nothing runs there any more.
        standby: containers that each service has in addition to the active one, each on another Docker host.
        lease: whether the message bus keeps two containers of a service from running at the same time.
        others: targets that stay as they are. They take room where their containers are.

    Returns:
        dict: assignments (Docker host -> list of targets, each with standby, a bool), moves (target, service, from
        and to), leaving (Docker host -> services whose container there must go), left_out (services), problems (str).
    """
    site = _site(hosts, answers, dead, capacity or {}, weight or {}, known, move, int(standby), lease)
    ordered = sorted(targets, key=lambda target: target["service"])
    places = _places({host: answers[host]["services"] for host in site.able})
    staying = _staying(others, targets, places)
    pins = {target["target"]: list(_pin_problems(target, _have(target, places), site)) for target in ordered}
    left_out = [target["service"] for target in ordered if _is_left_out(target, places, site)]
    placeable = [target for target in ordered if not pins[target["target"]] and target["service"] not in left_out]
    needs = [_need(target, _have(target, places), site) for target in placeable]
    chosen = _stay_or_move(site, [*needs, *staying])
    problems = [
        *_site_problems(site, ordered, hosts, dead, answers),
        *_same_engines(site, answers),
        *_without_lease(site, ordered, places, {need.service for need in staying}),
        *(problem for found in pins.values() for problem in found),
        *_full(site, needs, staying, chosen),
    ]
    return dict(_placement(site, hosts, needs, places, chosen), left_out=left_out, problems=problems)


def _site(
    hosts: list[str],
    answers: dict[str, dict],
    dead: Iterable[str],
    capacity: dict[str, int],
    weight: dict[str, float],
    known: list[str] | None,
    move: str,
    standby: int,
    lease: bool,
) -> Site:
    return Site(
        able=sorted(host for host in hosts if "services" in answers.get(host, {}) and host not in dead),
        silent=sorted(host for host in hosts if "services" not in answers.get(host, {}) and host not in dead),
        dead=sorted(set(hosts) & set(dead)),
        capacity=capacity,
        weight=weight,
        known=None if known is None else frozenset(known),
        move=move,
        standby=standby,
        lease=lease,
    )


def _placement(
    site: Site, hosts: list[str], needs: list[Need], places: dict[str, list[str]], chosen: dict[str, list[str]]
) -> dict:
    """What follows from the chosen hosts: assignments, moves and leaving, as assign() returns them."""
    assignments: dict[str, list[dict]] = {host: [] for host in hosts}
    leaving: dict[str, list[str]] = {host: [] for host in site.able}
    moves: list[dict] = []
    for need in needs:
        have, new = places.get(need.service, []), chosen[need.service]
        for host in new:
            assignments[host].append(dict(need.target, standby=new[0] != host))
        moves += _moves(need.target, have, new)
        for host in have if new else ():
            if host not in new:
                leaving[host].append(need.service)
    return dict(assignments=assignments, moves=moves, leaving=leaving)


def _have(target: dict, places: dict[str, list[str]]) -> list[str]:
    return places.get(target["service"], [])


def _is_left_out(target: dict, places: dict[str, list[str]], site: Site) -> bool:
    return not _have(target, places) and site.may_be_silent(target)


def rank(container: dict) -> int:
    """Place of a container among all of its service: the lowest is kept."""
    part = container.get("part")
    return PREFERENCE.index(part) if part in PREFERENCE else len(PREFERENCE) + (container["state"] != "running")


def _places(services: dict[str, list[dict]]) -> dict[str, list[str]]:
    """Service -> Docker hosts with a container of it, the active one first."""
    ranks: dict[str, dict[str, int]] = {}
    for host, containers in services.items():
        for one in containers:
            hosts = ranks.setdefault(one["name"], {})
            hosts[host] = min(rank(one), hosts.get(host, rank(one)))
    return {service: sorted(hosts, key=lambda host: (hosts[host], host)) for service, hosts in ranks.items()}


def _need(target: dict, have: list[str], site: Site) -> Need:
    pin = target["docker_host"]
    if pin in site.able:
        return Need(target, 1, [pin])
    wanted = 1 if pin in site.silent or target["local"] or not site.lease else 1 + site.standby
    # What seems to be missing may be on a host that does not answer. Where hosts are dead, the rest has to do.
    wanted = min(wanted, len(have) if have and site.silent else max(1, len(site.able)))
    if site.move == "balanced" and not target["local"] and pin not in site.silent:
        return Need(target, wanted, [], have)
    return Need(target, wanted, have[:wanted])


def _staying(others: Iterable[dict], targets: list[dict], places: dict[str, list[str]]) -> list[Need]:
    """Services that keep all containers that they have, and get none."""
    # A service host that one of the targets has too is a mistake, which another check reports.
    named = {target["service"] for target in targets}
    kept = ((target, _have(target, places)) for target in others if target["service"] not in named)
    return [Need(target, len(have), have) for target, have in kept]


def _moves(target: dict, have: list[str], chosen: list[str]) -> Iterator[dict]:
    gone, new = [host for host in have if host not in chosen], [host for host in chosen if host not in have]
    for source, destination in zip(gone, new):
        yield {"target": target["target"], "service": target["service"], "from": source, "to": destination}


def _site_problems(
    site: Site, targets: list[dict], hosts: list[str], dead: Iterable[str], answers: dict[str, dict]
) -> Iterator[str]:
    for host in sorted(set(dead) - set(hosts)):
        yield (
            f"{host}: services_dead_docker_hosts: is not in the group nova_compute_hosts. "
            "Correct its name, or remove it from the list."
        )
    for host in site.dead:
        if "services" in answers.get(host, {}):
            yield f"{host}: services_dead_docker_hosts: its engine answers. Remove it from the list."
    if targets and site.standby and len(site.hosts) <= site.standby:
        yield (
            f"nova_compute_hosts: services_standby: is {site.standby}, and {len(site.hosts)} Docker hosts are there. "
            "Each container of a service needs a Docker host of its own: add one, or lower it."
        )


def _same_engines(site: Site, answers: dict[str, dict]) -> Iterator[str]:
    """Two names of one engine. What is on one of them would be removed as superfluous on the other."""
    first: dict[str, tuple[str, str]] = {}
    told: set[tuple[str, str]] = set()
    for host in site.able:
        for container in answers[host]["services"]:
            # Ids are random, so only one engine has a container with a given id.
            other, name = first.setdefault(container.get("id") or f"{host} {id(container)}", (host, container["name"]))
            if other != host and (other, host) not in told:
                told.add((other, host))
                yield (
                    f"{host}: nova_compute_hosts: has the same engine as {other}: both list the same container of "
                    f"{name}. Correct ansible_host or docker_host of one of them, or take it out of the group."
                )


def _without_lease(
    site: Site, targets: list[dict], places: dict[str, list[str]], staying: Collection[str]
) -> Iterator[str]:
    """Two nova-computes under one service host corrupt each other, and nothing but the lease prevents them."""
    if site.lease:
        return
    if site.standby:
        yield "nova_compute_hosts: services_standby: needs the lease. Set it to 0, or set services_lease to true."
    if site.move != "never":
        yield "nova_compute_hosts: services_move: needs the lease. Set it to never, or set services_lease to true."
    for host in site.dead:
        yield (
            f"{host}: services_dead_docker_hosts: needs the lease. Power it off, pin its targets elsewhere, "
            "and take it out of the group nova_compute_hosts."
        )
    if len(site.hosts) > 1:
        for one in targets:
            if not one["docker_host"]:
                yield (
                    f"{one['target']}: services_docker_host: is not set. Without the lease (services_lease) no "
                    "service is placed by itself where there are several Docker hosts. Pin the target to one of them."
                )
    for service, hosts in sorted(places.items()):
        if len(hosts) > 1 and service not in staying:
            yield (
                f"{service}: has containers on {' and on '.join(hosts)}, and without the lease (services_lease) two "
                "nova-computes under one service host corrupt each other. Remove all but one by hand."
            )


def _pin_problems(target: dict, have: list[str], site: Site) -> Iterator[str]:
    name, pin = target["target"], target["docker_host"]
    if pin and pin not in site.hosts:
        yield (
            f"{name}: services_docker_host: {pin} is not in the group nova_compute_hosts. "
            "Name a Docker host of that group, or remove the variable."
        )
    elif pin in site.able and have and pin not in have and (target["local"] or site.move == "never"):
        cure = "Set services_move: pinned to move it, or" if not target["local"] else "Its hypervisor is that host:"
        yield (
            f"{name}: services_docker_host: its service runs on {have[0]}, and a running service is not "
            f"moved unasked. {cure} set it to {have[0]}."
        )
    elif target["local"] and not have and (pin in site.dead or (not pin and len(site.hosts) > 1)):
        yield (
            f"{name}: services_docker_host: its hypervisor is a Docker host itself, so its service runs there and "
            "nowhere else. Pin it to that host; if that is gone, so are its instances."
        )


def _stay_or_move(site: Site, needs: list[Need]) -> dict[str, list[str]]:
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


def _full(site: Site, needs: list[Need], staying: list[Need], chosen: dict[str, list[str]]) -> Iterator[str]:
    """Capacities that are exceeded, by what cannot be moved or by what has found no place."""
    counts = Counter(host for need in [*needs, *staying] for host in need.kept)
    concerned = {host for need in needs for host in need.kept}
    for host in site.able:
        if host in concerned and counts[host] > site.limit(host):
            yield (
                f"{host}: services_capacity: is {site.limit(host)}, and {counts[host]} services are there or pinned to "
                "it. Raise it, or let services go elsewhere with services_move: balanced."
            )
    homeless = [need.target["target"] for need in needs if len(chosen[need.service]) < need.wanted]
    if homeless and site.able:
        room = ", ".join(f"{host} {site.capacity.get(host) or 'any'}" for host in site.able if site.share(host) > 0)
        yield (
            f"nova_compute_hosts: services_capacity: no Docker host has room for {', '.join(homeless)}. What they may "
            f"have: {room or 'nothing, as services_weight is 0'}. Raise it, or add a Docker host."
        )
