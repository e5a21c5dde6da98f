# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""assign(targets, hosts, current) -> which Docker host runs which service.  Pure.

A service that runs stays where it runs: a nova-compute is never moved because the inventory grew.
"""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._targets import DRIVERS


def assign(targets, hosts, current):
    """Give each target a Docker host.

    Args:
        targets: list of dict with target, service and docker_host (a pin, or None).
        hosts: list of str, all Docker hosts of the inventory.
        current: dict, Docker host -> list of services whose containers are there. A host that
            could not be asked is missing from it.

    Returns:
        dict: assignments (Docker host -> list of targets) and problems (list of str).
    """
    places, problems = _places(current)
    assignments = {host: [] for host in hosts}
    unplaced = []
    for target in sorted(targets, key=lambda one: one["service"]):
        place = places.get(target["service"])
        problem = _pin_problem(target, hosts, place)
        if problem:
            problems.append(problem)
        elif place or target["docker_host"]:
            assignments[place or target["docker_host"]].append(target)
        else:
            unplaced.append(target)
    problems += _unknown(unplaced, [host for host in hosts if host not in current])
    for target in unplaced if hosts else ():
        least = min(hosts, key=lambda host: (len(assignments[host]), host))
        assignments[least].append(target)
    return dict(assignments=assignments, problems=problems)


def desired_services(targets, container=None):
    """The services of some targets, as the module containers takes them.

    Args:
        targets: list of dict with target, service and driver.
        container: dict, the operator's settings of all containers, which win over what a driver needs.

    Returns:
        list of dict. The labels let C(docker ps --filter) find a target's container.
    """
    return [
        dict(
            name=one["service"],
            target=one["target"],
            container=dict(
                _particular(DRIVERS[one["driver"]].container, container or {}),
                labels={"novafleet.target": one["target"], "novafleet.driver": one["driver"]},
            ),
        )
        for one in targets
    ]


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
                    "corrupt each other. Remove the one that does not run."
                )
    return places, problems


def _pin_problem(target, hosts, place):
    pin = target["docker_host"]
    if pin and pin not in hosts:
        return (
            f"{target['target']}: services_docker_host: {pin} is not in the group nova_compute_hosts. "
            "Name a Docker host of that group, or remove the variable."
        )
    if pin and place and pin != place:
        return (
            f"{target['target']}: services_docker_host: its service runs on {place}, and a running service is not "
            f"moved. Set it to {place}, or remove the service there first."
        )
    return None


def _unknown(unplaced, silent):
    """A service without a known place may well run on a host that was not asked."""
    if not (silent and unplaced):
        return []
    names = ", ".join(target["target"] for target in unplaced)
    return [
        f"{', '.join(silent)}: nova_compute_hosts: did not answer or was left out by --limit, and the services of "
        f"these targets may run there: {names}. "
        "Bring it back, run without --limit, or pin them with services_docker_host."
    ]
