# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an assignment cannot do, as problems for the operator.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.site import Need, Site


def site_problems(
    site: Site, targets: list[dict], hosts: list[str], dead: Iterable[str], answers: dict[str, dict]
) -> Iterator[str]:
    """Mistakes of the list of dead Docker hosts, and too few Docker hosts for the standbys."""
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


def engine_problems(site: Site, answers: dict[str, dict]) -> Iterator[str]:
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


def lease_problems(
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


def pin_problems(target: dict, have: list[str], site: Site) -> Iterator[str]:
    """Pins of one target that cannot be followed; have are the Docker hosts with a container of its service."""
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


def capacity_problems(
    site: Site, needs: list[Need], staying: list[Need], chosen: dict[str, list[str]]
) -> Iterator[str]:
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
