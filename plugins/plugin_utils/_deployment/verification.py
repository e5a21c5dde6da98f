# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment came to: which services are as they should be, and why others are not.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.answers import compute_nodes

Deployed = Mapping[str, Mapping[str, Any]]


def names(assignments: Mapping[str, Iterable[str]], docker_hosts: Iterable[str]) -> list[str]:
    """Services of some Docker hosts, each once.

    Args:
        assignments: Docker host -> its services, as the module assign returns them.
        docker_hosts: names.
    """
    return list(dict.fromkeys(service for host in docker_hosts for service in assignments.get(host, ())))


def failed(deployed: Deployed) -> list[str]:
    """Services that could not be deployed.

    Args:
        deployed: Docker host -> result of the module containers.
    """
    return sorted({step["name"] for result in deployed.values() for step in result["services"] if step.get("error")})


def sound(deployed: Deployed) -> dict[str, str | None]:
    """Services that should run -> since when, or None where they were left alone. Argument as failed() takes it."""
    found: dict[str, str | None] = {}
    for result in deployed.values():
        for step in result["services"]:
            if not step.get("error") and step["action"] not in ("unwanted", "remove"):
                # Of several containers, the one that was started last has to send a heartbeat.
                found[step["name"]] = max(found.get(step["name"]) or "", step.get("started_at") or "") or None
    return found


def unknown_hosts(services: Iterable[str], nova: Mapping[str, Any]) -> list[str]:
    """Services that nova cannot schedule to yet: it knows no such service, or its host is in no cell.

    Args:
        services: names of services.
        nova: result of the module nova_services_info.

    Returns:
        names, in the order given.
    """
    known = {record["host"] for record in nova["services"]} & {node["host"] for node in nova["hypervisors"]}
    return [name for name in services if name not in known]


def is_well(services: Iterable[str], deployed: Deployed, nova: Mapping[str, Any]) -> bool:
    """Whether one answer says that all services are up, mapped and provided for, so that no wait is needed.

    Args:
        services: names of services that were left alone.
        deployed: as failed() takes it.
        nova: result of the module nova_services_info, with the providers of placement.
    """
    up = {record["host"] for record in nova["services"] if record["state"] == "up"}
    provided = {provider["id"] for provider in nova.get("providers") or () if provider["inventory"]}
    nodes = {host: {node["id"] for node in found} for host, found in compute_nodes(nova["hypervisors"]).items()}
    # One node without an inventory, such as one that is being enrolled, does not stop a service of many nodes.
    well = (name in up and nodes.get(name, set()) & provided for name in services)
    return not failed(deployed) and all(well)


def kept_disabled(records: Iterable[Mapping[str, Any]], services: Iterable[str], mark: str) -> list[str]:
    """Services that were disabled because they were new, and that no operator has changed since.

    Args:
        records: services as the module nova_services_info returns them.
        services: those that may be enabled.
        mark: what the reason begins with.
    """
    wanted = set(services)
    return [
        record["host"]
        for record in records
        if record["host"] in wanted and (record["disabled_reason"] or "").startswith(mark)
    ]


def joining(records: Iterable[Mapping[str, Any]], kept: Iterable[str], reason: str) -> list[str]:
    """Those of the services of kept_disabled() that are not in their host aggregates yet.

    Args:
        records: as of kept_disabled().
        kept: what it returned.
        reason: of services that wait for their aggregates.
    """
    reasons = {record["host"]: record["disabled_reason"] for record in records}
    return [name for name in kept if reasons[name] == reason]


def not_verified(
    services: Iterable[str],
    results: Iterable[Mapping[str, Any]],
    answer: Mapping[str, Any],
    nova: Mapping[str, Any],
) -> list[str]:
    """Say for each service of a Docker host that is not as it should be, why.

    Args:
        services: names of the services of the host.
        results: services as the module containers returns them.
        answer: result of the module containers_info, with the logs.
        nova: result of the module nova_services_info after waiting.
    """
    errors = {step["name"]: step["error"] for step in results if step.get("error")}
    containers = {container["name"]: container for container in answer.get("services") or ()}
    reasons = ((name, _reason(name, errors, containers.get(name, {}), nova)) for name in services)
    return [f"{name}: {reason}" for name, reason in reasons if reason]


def _reason(name: str, errors: Mapping[str, str], container: Mapping[str, Any], nova: Mapping[str, Any]) -> str:
    seen = f"its container is {container.get('status', 'missing')}. Last log lines:\n{container.get('log', '')}"
    if name in errors:
        return errors[name]
    if name in (nova.get("not_up") or ()):
        return f"is not up in nova; {seen}"
    if name in (nova.get("not_mapped") or ()):
        return (
            "is up, but its host is not mapped to a cell. Set services_discover_command, or let nova's scheduler "
            "discover hosts."
        )
    if name in (nova.get("not_provided") or ()):
        return (
            "is up, but its hypervisor has no resource provider with an inventory in placement, so nothing is "
            f"scheduled to it. Its log says why; {seen}"
        )
    return ""
