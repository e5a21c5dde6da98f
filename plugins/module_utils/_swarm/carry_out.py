# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out one step on a swarm. Each is one request, which Swarm takes as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.body import service_body, with_a_new_task
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import OutOfSequence, SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import SwarmService, Task
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import StepResult
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.read import SwarmState
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.stored import StoredFiles

# Swarm's own notes of an update that is under way change the version of a service, too.
ATTEMPTS = 5
# In these states a task has no process.
ENDED = frozenset(["complete", "shutdown", "failed", "rejected", "remove"])
# What Swarm needs in addition to the time that the process takes to stop.
SLACK_SECONDS = 30


class SwarmStepRunner:
    """Carries out steps of one plan. Each step may run in a thread of its own.

    Attributes:
        sent: service -> the specification that Swarm has from this run.
        removed: service -> what was removed.
    """

    def __init__(self, calls: SwarmCalls, stored: StoredFiles, state: SwarmState, pace: Pace) -> None:
        self.calls, self.stored, self.state, self.pace = calls, stored, state, pace
        self.sent: dict[str, Mapping[str, Any]] = {}
        self.removed: dict[str, list[SwarmService]] = {}

    def run(self, step: Step, _result: StepResult) -> bool:
        """Carry out one step. Return whether the gate must watch its task: start or end."""
        for leftover in step.leftovers:
            self._remove(leftover.id, step.service)
        return self._carry_out(step)

    def settle(self, step: Step, result: StepResult) -> None:
        """Swarm itself has recorded which files a service has read."""

    def _carry_out(self, step: Step) -> bool:
        if step.action == "remove":
            if step.container:
                self._remove(step.container.id, step.service)
            return True
        if step.desired is None or not step.changed:
            return False
        self._send(step, step.desired)
        return True

    def _send(self, step: Step, desired: Service) -> None:
        body = service_body(self.state.wishes[desired.name], self.stored.references(desired))
        self.pace.wait()
        if step.container is None:
            self.calls.create(body)
        else:
            live = self.state.services[step.container.id]
            body = with_a_new_task(body, live)
            self._update(live, body)
        self.sent[desired.name] = body

    def _update(self, live: SwarmService, body: Mapping[str, Any]) -> None:
        """Update a service that is as it was when it was read. No change of another run is overwritten."""
        version = live.version
        for _attempt in range(ATTEMPTS - 1):
            try:
                return self.calls.update(live.id, version, body)
            except OutOfSequence as error:
                now = self.calls.service(live.id)
                if now.body != live.body:
                    raise EngineError(
                        f"{error} Nothing of that change was overwritten. Run again once the other run has ended."
                    ) from error
                version = now.version
        return self.calls.update(live.id, version, body)

    def _remove(self, ident: str, service: str) -> None:
        """Remove a service. Its process ends afterwards, which left() shows."""
        self.calls.remove(ident)
        self.removed.setdefault(service, []).append(self.state.services[ident])

    def left(self, service: str, tasks: Iterable[Task]) -> list[Task]:
        """Tasks of removed services whose process has not ended."""
        idents = {removed.id for removed in self.removed.get(service, ())}
        return [task for task in tasks if task.service in idents and task.node and task.state not in ENDED]

    def stop_seconds(self, service: str) -> float:
        """Time in which what the step replaces or removes must have ended."""
        wish = self.state.wishes.get(service)
        removed = [each.stop_seconds + SLACK_SECONDS for each in self.removed.get(service, ())]
        return max([wish.spec.settings["stop_timeout"] if wish else 0, *removed])

    def remains(self, task: Task) -> str:
        """Why a service that was removed may still run."""
        node = next((node for node in self.state.nodes if node.id == task.node), None)
        place = f"{node.hostname} ({node.state})" if node else task.node
        return (
            f"the service is removed, but its task on node {place} has not ended: it is {task.state}. It may still be "
            "running there. Stop it by hand, or make sure that the node is off."
        )
