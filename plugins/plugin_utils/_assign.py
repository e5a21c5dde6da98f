# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""assign(targets, hosts, current) -> which Docker host runs which service.  Pure.

A service that runs stays where it runs: a nova-compute is moved only when that is asked for, never because the
inventory grew.  Where a service is, only the Docker hosts know: what may be on one that does not answer is left alone.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._fleet import max_unavailable
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets import DRIVERS

# What may be moved: nothing; services whose pin is elsewhere; and, beyond these, what makes the hosts level.
MOVES = ("never", "pinned", "balanced")


@dataclass(frozen=True)
class Site:
    """The Docker hosts and what is known of them.

    Attributes:
        able: list of str, those that answered.
        silent: list of str, those that did not and are not given up.
        gone: list of str, those given up.
        capacity, weight, known, move: as assign() takes them.
    """

    able: list
    silent: list
    gone: list
    capacity: dict
    weight: dict
    known: frozenset
    move: str

    @property
    def hosts(self):
        return [*self.able, *self.silent, *self.gone]

    def limit(self, host):
        """Services that a host may have."""
        return int(self.capacity.get(host) or 0) or math.inf

    def share(self, host):
        """Weight of a host; 0 takes nothing."""
        return float(self.weight.get(host, 1))


@dataclass
class Fates:
    """What is decided of each target before those that are free get their places.

    Attributes:
        fixed: dict, service -> host.
        free: list of (target, host where it runs, or None), in the order of services.
        left_out: list of str, services of which nobody knows whether they run on a silent host.
        problems: list of str.
    """

    fixed: dict = field(default_factory=dict)
    free: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def assign(targets, hosts, current, capacity=None, weight=None, known=None, move="never", gone=()):
    """Give each target a Docker host.

    Args:
        targets: list of dict with target, service, docker_host (a pin, or None) and local (whether the
            hypervisor is the Docker host itself).
        hosts: list of str, all Docker hosts of the inventory.
        current: dict, Docker host -> list of services whose containers are there. A host that
            could not be asked is missing from it.
        capacity: dict, Docker host -> services that it may have; 0 sets no limit.
        weight: dict, Docker host -> share of the services relative to the others; 1 if missing, 0 takes nothing.
        known: list of services that nova has a record of, so they may run on a host that does not tell; or None.
        move: one of MOVES.
        gone: Docker hosts that are given up: nothing runs there any more.

    Returns:
        dict: assignments (Docker host -> list of targets), moves (list of dict with target, service, from and to),
        left_out (list of services) and problems (list of str).
    """
    site = Site(
        able=sorted(host for host in hosts if host in current and host not in gone),
        silent=sorted(host for host in hosts if host not in current and host not in gone),
        gone=sorted(set(hosts) & set(gone)),
        capacity=capacity or {},
        weight=weight or {},
        known=frozenset(known or ()),
        move=move,
    )
    places, problems = _places({host: found for host, found in current.items() if host not in gone})
    fates = Fates(problems=problems)
    ordered = sorted(targets, key=lambda one: one["service"])
    for target in ordered:
        _decide(target, places.get(target["service"]), site, fates)
    chosen = dict(fates.fixed, **_choose(site, fates))
    fates.problems += _full(site, fates, chosen)
    return dict(
        assignments={host: [one for one in ordered if chosen.get(one["service"]) == host] for host in hosts},
        moves=[
            {"target": one["target"], "service": one["service"], "from": place, "to": chosen[one["service"]]}
            for one in ordered
            for place in [places.get(one["service"])]
            if place and chosen.get(one["service"], place) != place
        ],
        left_out=fates.left_out,
        problems=fates.problems,
    )


def move_waves(moves, unavailable):
    """Moves in groups, each of which is over before the next begins.

    Args:
        moves: list of dict, of assign().
        unavailable: str, how many may be under way at the same time, as the module containers takes max_unavailable.

    Returns:
        list of list of dict
    """
    size = max_unavailable(str(unavailable), len(moves))
    return [moves[first : first + size] for first in range(0, len(moves), size)]


def desired_services(targets, container=None, memory=None):
    """The services of some targets, as the module containers takes them.

    Args:
        targets: list of dict with target, service and driver.
        container: dict, the operator's settings of all containers, which win over what a driver needs.
        memory: dict, driver -> MB that its services take, where that is not what all others take.

    Returns:
        list of dict. The labels let C(docker ps --filter) find a target's container.
    """
    return [_desired(one, container or {}, (memory or {}).get(one["driver"])) for one in targets]


def _desired(one, container, memory):
    labels = {"novafleet.target": one["target"], "novafleet.driver": one["driver"]}
    settings = dict(_particular(DRIVERS[one["driver"]].container, container), labels=labels)
    size = dict(memory_mb=int(memory)) if memory else {}
    return dict(name=one["service"], target=one["target"], container=settings, **size)


def _particular(needed, given):
    """What a driver needs, but for what the operator decides; mounts add up, and theirs take the place of one there."""
    found = {name: value for name, value in needed.items() if name not in given}
    if "mounts" in needed and given.get("mounts"):
        theirs = {one["target"] for one in given["mounts"]}
        found["mounts"] = [one for one in needed["mounts"] if one["target"] not in theirs] + list(given["mounts"])
    return found


def _places(current):
    places, problems = {}, []
    for host, services in sorted(current.items()):
        for service in services:
            other = places.setdefault(service, host)
            if other != host:
                problems.append(
                    f"{service}: has a container on {other} and on {host}; two nova-computes under one service host "
                    "corrupt each other. Remove the one that does not run; those of a Docker host that came back after "
                    "a failover are removed by novafleet.compute.failover_return."
                )
    return places, problems


def _decide(target, place, site, fates):
    service, pin = target["service"], target["docker_host"]
    problem = _pin_problem(target, place, site)
    if problem:
        fates.problems.append(problem)
    elif place and site.gone:
        fates.fixed[service] = place
    elif place:
        _decide_placed(target, place, site, fates)
    elif site.silent and (pin not in site.able or service in site.known):
        fates.left_out.append(service)
    elif pin in site.able:
        fates.fixed[service] = pin
    elif site.able:
        fates.free.append((target, None))


def _decide_placed(target, place, site, fates):
    service, pin = target["service"], target["docker_host"]
    if pin in site.able:
        fates.fixed[service] = pin
    elif site.move == "balanced" and place in site.able and not (pin or target["local"]):
        fates.free.append((target, place))
    else:
        fates.fixed[service] = place


def _pin_problem(target, place, site):
    name, pin = target["target"], target["docker_host"]
    if pin and pin not in site.hosts:
        return (
            f"{name}: services_docker_host: {pin} is not in the group nova_compute_hosts. "
            "Name a Docker host of that group, or remove the variable."
        )
    # In a failover, only what has to be started matters.
    if pin in site.able and place and pin != place and (target["local"] or site.move == "never") and not site.gone:
        cure = "Set services_move: pinned to move it, or" if not target["local"] else "Its hypervisor is that host:"
        return (
            f"{name}: services_docker_host: its service runs on {place}, and a running service is not "
            f"moved unasked. {cure} set it to {place}."
        )
    if target["local"] and not place and (pin in site.gone or (not pin and len(site.hosts) > 1)):
        return (
            f"{name}: services_docker_host: its hypervisor is a Docker host itself, so its service runs there and "
            "nowhere else. Pin it to that host; if that is gone, so are its instances."
        )
    return None


def _choose(site, fates):
    """Service to host, for the free ones: those that run stay as long as their host has a seat for them."""
    holding = Counter(place for _target, place in fates.free if place)
    seats = _seats(site, Counter(fates.fixed.values()), len(fates.free), holding)
    chosen, homeless = {}, []
    for target, place in fates.free:
        if place in seats:
            seats.remove(place)
            chosen[target["service"]] = place
        else:
            homeless.append(target["service"])
    return dict(chosen, **dict(zip(homeless, seats)))


def _seats(site, taken, number, holding):
    """Hosts for a number of services, one an entry, by the highest averages (D'Hondt); as many as there is room for.

    Of hosts that are equally good, one is taken that would otherwise lose a service: no balance takes fewer moves.
    """
    seats, given, counts = [], Counter(), Counter(taken)

    def rank(host):
        return (counts[host] + 1) / site.share(host), given[host] >= holding[host], host

    for _seat in range(number):
        able = [host for host in site.able if site.share(host) > 0 and counts[host] < site.limit(host)]
        if not able:
            break
        best = min(able, key=rank)
        seats.append(best)
        given[best] += 1
        counts[best] += 1
    return seats


def _full(site, fates, chosen):
    """Capacities that are exceeded, by what cannot be moved or by what has found no place."""
    counts = Counter(fates.fixed.values())
    for host in site.able:
        if counts[host] > site.limit(host) and not site.gone:
            yield (
                f"{host}: services_capacity: is {site.limit(host)}, and {counts[host]} services are there or pinned to "
                "it. Raise it, or let services go elsewhere with services_move: balanced."
            )
    homeless = [target["target"] for target, _place in fates.free if target["service"] not in chosen]
    if homeless:
        room = ", ".join(f"{host} {site.capacity.get(host) or 'any'}" for host in site.able if site.share(host) > 0)
        yield (
            f"nova_compute_hosts: services_capacity: no Docker host has room for {', '.join(homeless)}. What they may "
            f"have: {room or 'nothing, as services_weight is 0'}. Raise it, or add a Docker host."
        )
