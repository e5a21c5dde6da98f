# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of a fleet in a swarm: services, their tasks and the nodes, in a number of requests that does not grow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Node, SwarmService, Task
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.info import end_of_log
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.log_cause import last_cause
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

CAUSE_LINES = 400
# Tasks that Swarm means to run.
WANTED = frozenset(["running", "ready"])


def swarm_info(calls: SwarmCalls, fleet: str, log_services: Collection[str], log_lines: int) -> dict[str, Any]:
    """Describe the services of a fleet, and all nodes.

    Args:
        calls: of a manager.
        fleet: name.
        log_services: names of services whose log tail and last error are added, with one request each.
        log_lines: how many.

    Returns:
        services and nodes, as the module swarm_services_info documents them.
    """
    label = f"{LABEL_FLEET}={fleet}"
    nodes = {node.id: node for node in calls.nodes()}
    tasks = _by_service(calls.tasks([label]))
    services = sorted(calls.services(label), key=lambda each: each.labels.get(LABEL_SERVICE, ""))
    entries = [_entry(service, tasks.get(service.id, ()), nodes) for service in services]
    for entry in entries:
        if entry["name"] in log_services and entry["task"]:
            text = masked(calls.task_log(entry["task"], max(log_lines, CAUSE_LINES)))
            entry.update(log=end_of_log(text, log_lines), cause=last_cause(text))
    return dict(services=entries, nodes=[_node(node, tasks) for node in sorted(nodes.values(), key=_hostname)])


def _hostname(node: Node) -> str:
    return node.hostname


def _by_service(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """Service id -> its tasks, the latest first."""
    found: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda each: each.created, reverse=True):
        found.setdefault(task.service, []).append(task)
    return found


def _entry(service: SwarmService, tasks: Sequence[Task], nodes: Mapping[str, Node]) -> dict[str, Any]:
    current = next((task for task in tasks if task.desired in WANTED), tasks[0] if tasks else None)
    node = nodes.get(current.node) if current else None
    running = current is not None and current.state == "running"
    return dict(
        name=service.labels.get(LABEL_SERVICE, ""),
        container=service.name,
        id=service.id,
        state=current.state if current and service.replicas else "stopped",
        error=current.error if current else "",
        task=current.id if current else "",
        node=node.hostname if node else "",
        node_state=node.state if node else "",
        image=service.image,
        labels=dict(service.labels),
        started_at=current.since if current and running else None,
        # Containers on nodes that the managers have lost may still run.
        lost_on=sorted(_lost(tasks, current, nodes)),
    )


def _lost(tasks: Iterable[Task], current: Task | None, nodes: Mapping[str, Node]) -> set[str]:
    return {
        nodes[task.node].hostname
        for task in tasks
        if task is not current and task.state == "running" and task.node in nodes and nodes[task.node].state != "ready"
    }


def _node(node: Node, tasks: Mapping[str, Sequence[Task]]) -> dict[str, Any]:
    here = [task for each in tasks.values() for task in each if task.node == node.id and task.desired in WANTED]
    return dict(
        name=node.hostname,
        state=node.state,
        availability=node.availability,
        manager=node.manager,
        leader=node.leader,
        reachability=node.reachability,
        services=sum(1 for task in here if task.state == "running"),
    )
