# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that stands in the way of a deployment, as one list, and the text for the operator.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import ACTIVE, WAITING
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.answers import (
    foreign_problems,
    host_problems,
    identity_problems,
    services_by_host,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.claims import claimed_twice, known_elsewhere
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import (
    check_problems,
    check_warnings,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.identities import (
    identity_conflicts,
    renamed_problems,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.joining import joining_reports
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.releases import release_problems

Answers = Mapping[str, Mapping[str, Any]]


def refusal(found: list[str], notes: Iterable[str] = ()) -> dict[str, Any]:
    """The result of an action that fails with all problems; notes: what else to know, one line each."""
    head = f"Nothing was changed. Problems found: {len(found)}."
    return dict(failed=True, msg="\n".join([head, *found, *notes]), problems=found)


def problems(
    assignment: Mapping[str, Any], answers: Answers, plans: Answers, api_host: str, lease: bool = True
) -> list[str]:
    """All problems of a deployment, in the order in which they are best corrected.

    Args:
        assignment: result of the module assign.
        answers: Docker host -> result of the module containers_info.
        plans: Docker host -> result of the module plan.
        api_host: host that asks nova.
        lease: whether the message bus keeps a second nova-compute of a service from running.
    """
    targets, nova = assignment["targets"], assignment["nova"]
    asked = {host: plans.get(host) or {} for host in assignment["asked"]}
    usable = {host: plan for host, plan in asked.items() if plan and not unusable(plan, "plan", host)}
    hypervisors = nova.get("hypervisors") or []
    return [
        *check_problems(assignment, usable),
        *(problem for host, plan in asked.items() for problem in _not_asked(host, answers.get(host), plan)),
        *assignment["problems"],
        *unusable(nova, "nova_services_info", f"{api_host}: services_cloud"),
        *release_problems(_releases(usable), nova.get("microversion")),
        *identity_problems(hypervisors, targets),
        *host_problems({host: _reports(answers.get(host) or {}, usable.get(host) or {}) for host in asked}),
        *claimed_twice([plan["preflight"] for plan in usable.values()], targets),
        *known_elsewhere([plan["preflight"] for plan in usable.values()], targets, hypervisors),
        *renamed_problems(
            targets,
            {host: plan["unwanted"] for host, plan in usable.items()},
            [service for services in services_by_host(answers).values() for service in services],
        ),
        *identity_conflicts(usable),
        *(() if lease else foreign_problems(nova.get("services") or [], targets, dict(answers))),
    ]


def _releases(plans: Answers) -> set[str]:
    """Releases of nova in the images of all Docker hosts, as far as they are known."""
    return {release for plan in plans.values() for release in (plan.get("nova_conf") or {}).get("releases") or ()}


def _not_asked(host: str, answer: Mapping[str, Any] | None, plan: Mapping[str, Any]) -> list[str]:
    missing = [name for name, result in (("containers_info", answer), ("plan", plan)) if not result]
    if missing:
        return [f"{host}: nova_compute_hosts: the module {missing[0]} did not run there. Run again with -vvv."]
    return unusable(plan, "plan", host)


def _reports(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a Docker host said, in the order in which it was asked."""
    return [answer, plan.get("preflight") or {}, plan.get("containers") or {}]


def reports(assignment: Mapping[str, Any], plans: Answers, dead: Iterable[str], prune: bool) -> list[str]:
    """What an operator should know of a deployment that nothing stands in the way of.

    Args:
        assignment, plans: as problems() takes them.
        dead: Docker hosts that the operator gives up.
        prune: whether services that no target has are removed.
    """
    lines = [
        *_limit_reports(assignment),
        *silent_reports(assignment, dead),
        *joining_reports(assignment.get("aggregates") or (), assignment.get("joins") or {}),
        *check_warnings(plans),
    ]
    wanted = {target["service"] for target in assignment["targets"]}
    unwanted = {one["service"] for plan in plans.values() for one in plan.get("unwanted") or ()} - wanted
    if unwanted and not prune and not assignment.get("limited"):
        lines.append(
            f"{', '.join(sorted(unwanted))}: no longer in the inventory, and left running. "
            "The playbook novafleet.compute.retire removes them, from nova as well."
        )
    return lines


def _limit_reports(assignment: Mapping[str, Any]) -> list[str]:
    """What a run leaves alone that is for some targets only."""
    if not assignment.get("limited"):
        return []
    names = ", ".join(target["target"] for target in assignment["targets"])
    return [f"services_only: this run is for {names}. Other targets that are left alone: {len(assignment['others'])}."]


def silent_reports(assignment: Mapping[str, Any], dead: Iterable[str]) -> list[str]:
    """Docker hosts that a deployment leaves out, as they cannot be reached. Arguments as reports() takes them."""
    silent = [host for host in assignment["silent"] if host not in set(dead)]
    if not silent:
        return []
    left_out = assignment["left_out"]
    advice = (
        " To start them elsewhere, name the Docker hosts that are dead in services_dead_docker_hosts, or take them out "
        "of nova_compute_hosts."
    )
    return [
        f"{', '.join(silent)}: cannot be reached, and {'are' if len(silent) > 1 else 'is'} left out. "
        f"Services that may be there stay there: {', '.join(left_out) or 'none'}.{advice if left_out else ''}"
    ]


def waiting(answers: Answers) -> list[str]:
    """Services of which every running container waits for the lease.

    Args:
        answers: Docker host -> result of the module containers_info.
    """
    parts: dict[str, set[str | None]] = {}
    for answer in answers.values():
        for container in answer.get("services") or ():
            parts.setdefault(container["name"], set()).add(container.get("part"))
    return sorted(name for name, seen in parts.items() if seen & WAITING and ACTIVE not in seen)


def changes(assignment: Mapping[str, Any], plans: Answers) -> bool:
    """Whether a deployment has anything to do. Arguments as problems() takes them."""
    leaving = any(assignment["leaving"].values())
    return bool(leaving or assignment["moves"] or any(plan.get("changes") for plan in plans.values()))
