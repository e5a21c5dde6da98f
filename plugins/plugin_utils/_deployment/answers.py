# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the answers of many hosts: what runs where, and everything that stands in the way.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import may_have_identity

Answers = Mapping[str, Mapping[str, Any]]
# The modules that each Docker host is asked with before a deployment, in this order.
ASKED = ("containers_info", "preflight", "containers")


def services_by_host(answers: Answers, state: str | None = None) -> dict[str, list[str]]:
    """Which services have a container on which Docker host.

    Args:
        answers: dict, Docker host -> result of the module containers_info.
        state: only containers in this state of Docker.

    Returns:
        dict: Docker host -> sorted list of services; hosts that did not answer are missing.
    """
    return {
        host: sorted({one["name"] for one in answer["services"] if state in (None, one["state"])})
        for host, answer in answers.items()
        if "services" in answer
    }


def compute_nodes(hypervisors: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Service host -> its compute nodes; hypervisors as the module nova_services_info returns them."""
    nodes: dict[str, list[Mapping[str, Any]]] = {}
    # What changes while nova's pages are read may be on two of them.
    for node in {node["id"]: node for node in hypervisors}.values():
        nodes.setdefault(node["host"], []).append(node)
    return nodes


def compute_ids(hypervisors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The uuids that nova already has for the computes, to be adopted.

    Args:
        hypervisors: list of dict as the module nova_services_info returns them.

    Returns:
        dict: service host -> uuid. A host with several nodes is left out: none of them is its own.
    """
    return {host: nodes[0]["id"] for host, nodes in compute_nodes(hypervisors).items() if len(nodes) == 1}


def foreign_problems(records: list[dict], targets: list[dict], answers: Answers) -> list[str]:
    """Service hosts that would have a second nova-compute, because no lease prevents that.

    Args:
        records: list of dict as the module nova_services_info returns services.
        targets: list of dict with target and service.
        answers: dict, Docker host -> result of the module containers_info.

    Returns:
        list of str
    """
    ours = {one["name"] for answer in answers.values() for one in answer.get("services") or ()}
    up = {one["host"] for one in records if one["state"] == "up" or one["forced_down"]}
    return [
        f"{one['target']}: services_host: nova shows {one['service']} up, and no container of this collection runs it. "
        "Stop that nova-compute, wait a minute until nova shows it down, then run again. Or set services_lease to "
        "true: the container then waits for it."
        for one in targets
        if one["service"] in up - ours
    ]


def identity_problems(hypervisors: list[dict[str, Any]], targets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Service hosts for which nova does not name the one compute node that is to be adopted.

    Args:
        hypervisors: list of dict as the module nova_services_info returns them.
        targets: list of dict with target, service and driver.

    Returns:
        list of str
    """
    found, of_hosts = [], compute_nodes(hypervisors)
    for target in targets:
        nodes = of_hosts.get(target["service"], [])
        if len(nodes) > 1 and may_have_identity(DRIVERS[target["driver"]]):
            named = ", ".join(f"{one['name']} ({one['id']})" for one in nodes)
            found.append(
                f"{target['target']}: services_host: nova has {len(nodes)} compute nodes of {target['service']}, "
                f"{named}, and a nova-compute has one. Find out which is its own, and have the others removed "
                "from nova first."
            )
    return found


def host_problems(answers: Mapping[str, Iterable[Mapping[str, Any]]], group: str = "nova_compute_hosts") -> list[str]:
    """What the Docker hosts said against a deployment.

    Args:
        answers: dict, Docker host -> list of results of the modules ASKED, in their order; it may end earlier.
        group: inventory group that the hosts are in.

    Returns:
        list of str, each with the name of its host. A host that does not answer is named once.
    """
    found: list[str] = []
    for host, results in sorted(answers.items()):
        for module, result in zip(ASKED, results):
            if result.get("unreachable"):
                why = str(result.get("msg", "")).strip().rstrip(".")
                found.append(
                    f"{host}: {group}: does not answer: {why}. "
                    "Bring it back, correct ansible_host, or take it out of the group."
                )
                break
            if "problems" not in result and (result.get("msg") or unusable(result, module, host)):
                found += unusable(result, module, host) or [f"{host}: {result['msg']}"]
                break
            found += [f"{host}: {problem}" for problem in result.get("problems") or ()]
    return found
