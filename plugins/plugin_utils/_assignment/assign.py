# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""assign(targets, hosts, answers) -> which Docker hosts run which service.  Pure.

A service stays where its containers are: a nova-compute is moved only when the operator asks for it, never because the
inventory grew.  Which Docker host runs which service, only the Docker hosts know: what may be on one that does not
answer is left alone.  A superfluous container does no harm: it waits for the lease (docs/lease.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.problems import (
    capacity_problems,
    engine_problems,
    lease_problems,
    pin_problems,
    site_problems,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.seats import choose_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.site import Need, Site

# What may be moved: nothing; services whose pin is elsewhere; and, beyond these, what makes the hosts level.
MOVES = ("never", "pinned", "balanced")
# Of several containers of a service, the first of these is kept.
PREFERENCE = ("active", "standby", "starting")


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
        dict: assignments (Docker host -> services), moves (target, service, from and to), leaving (Docker host ->
        services whose container there must go), left_out (services), problems (str). standbys (Docker host ->
        services) are those assignments that wait behind another container.
    """
    site = _site(hosts, answers, dead, capacity or {}, weight or {}, known, move, int(standby), lease)
    ordered = sorted(targets, key=lambda target: target["service"])
    places = _places({host: answers[host]["services"] for host in site.able})
    staying = _staying(others, targets, places)
    pins = {target["target"]: list(pin_problems(target, _have(target, places), site)) for target in ordered}
    left_out = [target["service"] for target in ordered if _is_left_out(target, places, site)]
    placeable = [target for target in ordered if not pins[target["target"]] and target["service"] not in left_out]
    needs = [_need(target, _have(target, places), site) for target in placeable]
    chosen = choose_hosts(site, [*needs, *staying])
    problems = [
        *site_problems(site, ordered, hosts, dead, answers),
        *engine_problems(site, answers),
        *lease_problems(site, ordered, places, {need.service for need in staying}),
        *(problem for found in pins.values() for problem in found),
        *capacity_problems(site, needs, staying, chosen),
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
    """What follows from the chosen hosts: assignments, standbys, moves and leaving, as assign() returns them."""
    assignments: dict[str, list[str]] = {host: [] for host in hosts}
    standbys: dict[str, list[str]] = {host: [] for host in hosts}
    leaving: dict[str, list[str]] = {host: [] for host in site.able}
    moves: list[dict] = []
    for need in needs:
        have, new = places.get(need.service, []), chosen[need.service]
        for host in new:
            assignments[host].append(need.service)
        for host in new[1:]:
            standbys[host].append(need.service)
        moves += _moves(need.target, have, new)
        for host in have if new else ():
            if host not in new:
                leaving[host].append(need.service)
    return dict(assignments=assignments, standbys=standbys, moves=moves, leaving=leaving)


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
