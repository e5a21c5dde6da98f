# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a wave's services run with what they were sent, and have stayed up for the settling time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.body import runs
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Task
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import StepResult
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.carry_out import SwarmStepRunner

POLL_SECONDS = 0.5
CHANGED_MEANWHILE = "was changed by another run or an operator meanwhile, so it does not run as this run wanted it."
# States of a task that ended by itself.
GAVE_UP = frozenset(["complete", "failed", "rejected"])


@dataclass
class Watched:
    """A service that is watched: its result, and since when its task runs."""

    result: StepResult
    task: Task | None = None
    running_since: float = 0.0
    waits_for: str = field(default="no task yet")


class SwarmGate:
    """Watches services that were created or updated a moment ago."""

    def __init__(self, calls: SwarmCalls, runner: SwarmStepRunner, fleet: str, settle: float, timeout: float) -> None:
        """Arguments:
        runner: knows what was sent.
        settle: seconds that a task must stay up to count as started.
        timeout: seconds in which a task must run, and be healthy if it has a health check.
        """
        self.calls, self.runner, self.fleet = calls, runner, fleet
        self.settle, self.timeout = settle, timeout

    def hold(self, results: Sequence[StepResult], _pool: ThreadPoolExecutor, _checked: bool) -> None:
        """Wait for services. Add to their results when they started, or why they do not run or have not ended."""
        pending = {result.name: Watched(result) for result in results}
        stops = [self.runner.stop_seconds(result.name) for result in results]
        deadline = time.monotonic() + self.timeout + max(stops, default=0)
        try:
            while pending:
                self._look(pending, time.monotonic() >= deadline)
                if pending:
                    time.sleep(POLL_SECONDS)
        except Exception as error:
            # The results of the other services must still be reported.
            for watched in pending.values():
                watched.result.error = cause(error)

    def _look(self, pending: dict[str, Watched], late: bool) -> None:
        """Remove from pending the services that run or have ended, and those that failed."""
        tasks = self._tasks(pending)
        for name, watched in list(pending.items()):
            left = self.runner.left(name, tasks.get(name, []))
            if left and late:
                watched.result.error = self.runner.remains(left[0])
            if watched.result.action == "remove":
                if not left or watched.result.error:
                    del pending[name]
                continue
            self._judge(watched, tasks.get(name, []))
            settled = watched.running_since and time.monotonic() >= watched.running_since + self.settle
            if late and not settled and not watched.result.error:
                watched.result.error = f"service {watched.result.container} does not run: {watched.waits_for}"
            if settled or watched.result.error:
                del pending[name]

    def _tasks(self, pending: Mapping[str, Watched]) -> dict[str, list[Task]]:
        """Service -> its tasks, the oldest first."""
        found: dict[str, list[Task]] = {}
        label = f"{LABEL_FLEET}={self.fleet}"
        # One service is the usual wave.
        labels = [label, *(f"{LABEL_SERVICE}={name}" for name in pending if len(pending) == 1)]
        for task in sorted(self.calls.tasks(labels), key=lambda each: each.created):
            name = task.labels.get(LABEL_SERVICE, "")
            if name in pending:
                found.setdefault(name, []).append(task)
        return found

    def _judge(self, watched: Watched, all_tasks: Sequence[Task]) -> None:
        sent = self.runner.sent[watched.result.name]
        tasks = [task for task in all_tasks if runs(sent, task.body)]
        if tasks and not runs(sent, all_tasks[-1].body):
            watched.result.error = f"service {watched.result.container} {CHANGED_MEANWHILE}"
            return
        for task in tasks:
            if task.state in GAVE_UP:
                watched.result.error = self._ended(watched.result, task)
                return
        current = next((task for task in reversed(tasks) if task.desired in ("running", "ready")), None)
        if current is None:
            return
        watched.waits_for = f"task is {current.state}" + (f": {current.error}" if current.error else "")
        same = watched.task is not None and watched.task.id == current.id
        watched.task = current
        if current.state != "running":
            watched.running_since = 0.0
        elif not (same and watched.running_since):
            watched.running_since, watched.result.started_at = time.monotonic(), current.since

    def _ended(self, result: StepResult, task: Task) -> str:
        node = next((node.hostname for node in self.runner.state.nodes if node.id == task.node), "no node")
        log = masked(self.calls.task_log(task.id))
        return (
            f"service {result.container} did not stay up: its task on {node} {task.state}: {task.error or 'it ended'}. "
            f"Its last log lines:\n{log}"
        )
