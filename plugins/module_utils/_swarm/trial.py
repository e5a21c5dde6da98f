# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries on every node whether it gets the image and takes the settings, before anything is changed.

A job of Swarm runs once on each node that a service may be placed on. It pulls the image and runs the engine's own
init, and nothing of the image. Without it, each task of each service would find out by itself, one after the other.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.body import LABEL_TRIAL, Wish, trial_body
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Node, Task
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan

TRYING = frozenset(["create", "recreate"])
POLL_SECONDS = 0.3
# In which Swarm has made the tasks of a job.
FIRST_TASKS_SECONDS = 15
FAILED = frozenset(["failed", "rejected"])


def trial_problems(
    calls: SwarmCalls, plan: Plan, wishes: Mapping[str, Wish], nodes: Sequence[Node], timeout: float
) -> list[str]:
    """What nodes do not take of the services that are about to be created or replaced.

    Args:
        calls: of a manager.
        plan: what is about to be done.
        wishes: service -> what it should be.
        nodes: of the swarm.
        timeout: seconds that pulling an image may take.

    Raises:
        EngineError: the manager does not answer, or takes no such job.
    """
    names = [step.service for step in plan.steps if step.action in TRYING]
    if not names:
        return []
    _end(calls, plan.fleet)
    try:
        jobs = [
            (wish, services, calls.create(trial_body(wish, f"novafleet-trial-{uuid.uuid4().hex[:12]}", plan.fleet)))
            for wish, services in _kinds(wishes[name] for name in names)
        ]
        tasks = _finished(calls, plan.fleet, [ident for _wish, _services, ident in jobs], _expected(nodes), timeout)
        hosts = {node.id: node.hostname for node in nodes}
        return [
            problem
            for wish, services, ident in jobs
            for problem in _of_job(wish, services, tasks.get(ident, []), hosts, timeout)
        ]
    finally:
        _end(calls, plan.fleet)


def _kinds(wishes: Iterable[Wish]) -> list[tuple[Wish, list[str]]]:
    """Wishes without the parts that differ for each service, each with the names of its services."""
    kinds: dict[str, tuple[Wish, list[str]]] = {}
    for wish in wishes:
        settings = {
            key: value
            for key, value in wish.spec.settings.items()
            if key not in ("environment", "labels", "entrypoint")
        }
        kind = json.dumps([wish.image, wish.network, wish.constraints, settings], sort_keys=True)
        kinds.setdefault(kind, (wish, []))[1].append(wish.spec.service)
    return list(kinds.values())


def _expected(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset(node.id for node in nodes if node.usable)


def _end(calls: SwarmCalls, fleet: str) -> None:
    """Remove the jobs, also those of a run that was interrupted."""
    for job in calls.services(f"{LABEL_TRIAL}={fleet}"):
        calls.remove(job.id)


def _finished(
    calls: SwarmCalls, fleet: str, jobs: Sequence[str], expected: frozenset[str], timeout: float
) -> dict[str, list[Task]]:
    """Job -> its tasks, all of which have ended unless the time is over."""
    begin = time.monotonic()
    while True:
        found: dict[str, list[Task]] = {job: [] for job in jobs}
        for task in calls.tasks([f"{LABEL_TRIAL}={fleet}"]):
            if task.service in found:
                found[task.service].append(task)
        waited = time.monotonic() - begin
        if waited >= timeout or all(_is_done(tasks, expected, waited) for tasks in found.values()):
            return found
        time.sleep(POLL_SECONDS)


def _is_done(tasks: Sequence[Task], expected: frozenset[str], waited: float) -> bool:
    """A job with constraints has fewer tasks than there are nodes, and Swarm makes all of them at once."""
    nodes = {task.node for task in tasks}
    complete = bool(nodes) and (nodes >= expected or waited > 2)
    # Swarm may try a task that failed once more.
    ended = {task.node for task in tasks if _has_ended(task)}
    return ended >= nodes and (complete or waited > FIRST_TASKS_SECONDS)


def _has_ended(task: Task) -> bool:
    return task.state == "complete" or task.state in FAILED


def _of_job(
    wish: Wish, services: Sequence[str], tasks: Sequence[Task], hosts: Mapping[str, str], timeout: float
) -> Iterator[str]:
    who = f"image {wish.image}, which {who_needs(services)},"
    if not tasks:
        yield f"{who} has no node: {_places(wish)}. Correct pins or constraints, or activate a node."
    failed: dict[str, set[str]] = {}
    ended = {task.node for task in tasks if _has_ended(task)}
    for task in tasks:
        place = hosts.get(task.node, "no node")
        if task.state in FAILED:
            failed.setdefault((task.error or task.state).strip().rstrip("."), set()).add(place)
        elif task.node not in ended:
            failed.setdefault(f"it is {task.state} after {timeout:.0f} s (image_timeout)", set()).add(place)
    for reason, places in sorted(failed.items()):
        yield (
            f"{who} or its settings, fail on {', '.join(sorted(places))}: {reason}. "
            "Make the registry reachable from the node, correct the settings, or drain the node."
        )


def _places(wish: Wish) -> str:
    return f"none fits {', '.join(wish.constraints)}" if wish.constraints else "none is ready and active"


def require_usable(nodes: Iterable[Node]) -> None:
    """Raises:
    EngineError: no node takes services.
    """
    if not any(node.usable for node in nodes):
        raise EngineError("No node of the swarm is ready and active. Start one, or end its drain.")
