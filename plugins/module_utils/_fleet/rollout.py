# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan: steps that interrupt no service first, all at once, then the others in waves.

The failure of one service does not affect the others. If a wave has more failures than allowed, the waves after it are
cancelled, and their services stay as they were.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import StepResult, of_step


@dataclass(frozen=True)
class RolloutOptions:
    """Limits of a rolling update.

    Attributes:
        concurrency: number of services that are changed at the same time.
        max_unavailable: number of running services that may be interrupted at the same time.
        max_failures: number of failures after which the remaining services stay as they were.
    """

    concurrency: int = 4
    max_unavailable: int = 1
    max_failures: int = 0


class Runner(Protocol):
    """What carries out single steps."""

    def run(self, step: Step, result: StepResult) -> bool:
        """Carry out one step, and add to its result. Return whether the gate must watch it. May raise anything."""

    def settle(self, step: Step, result: StepResult) -> None:
        """Record that a service runs with what the step brought."""


class StartGate(Protocol):
    """What waits until started services have stayed up."""

    def hold(self, results: Sequence[StepResult], pool: ThreadPoolExecutor, checked: bool) -> None:
        """Add to the results when their services started, or why they are not healthy."""


class Rollout:
    """Carries out the steps of one plan."""

    def __init__(self, runner: Runner, gate: StartGate, options: RolloutOptions, progress: Progress) -> None:
        self.runner, self.gate, self.options, self.progress = runner, gate, options, progress

    def run(self, steps: Sequence[Step]) -> list[StepResult]:
        """Carry out steps. Return the result of each, in the same order."""
        results: dict[str, StepResult] = {}
        gentle = [step for step in steps if not step.disruptive]
        self._wave(gentle, self.options.concurrency, results)
        self._waves([step for step in steps if step.disruptive], results)
        return [results[step.service] for step in steps]

    def _waves(self, steps: Sequence[Step], results: dict[str, StepResult]) -> None:
        failures, size = 0, max(1, self.options.max_unavailable)
        for first in range(0, len(steps), size):
            wave = steps[first : first + size]
            if failures > self.options.max_failures:
                results.update((step.service, _skipped(step, failures)) for step in wave)
                continue
            self._wave(wave, min(size, self.options.concurrency), results)
            failures += sum(1 for step in wave if results[step.service].error)

    def _wave(self, steps: Sequence[Step], concurrency: int, results: dict[str, StepResult]) -> None:
        if not steps:
            return
        with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
            for step, result in zip(steps, pool.map(self._step, steps)):
                results[step.service] = result
            done = [step for step in steps if not results[step.service].error]
            started = [step for step in done if results[step.service].started]
            checked = any(step.desired and step.desired.spec.settings["healthcheck"] for step in started)
            gated = [results[step.service] for step in started]
            self.gate.hold(gated, pool, checked)
        for step in done:
            result = results[step.service]
            if result.changed and not result.error:
                self.runner.settle(step, result)
        self.progress.fail(sum(1 for step in done if results[step.service].error))

    def _step(self, step: Step) -> StepResult:
        """Carry out one step.

        Any failure becomes the step's result, so that the results of other services are reported.
        """
        begin, result = time.monotonic(), of_step(step)
        try:
            if self.runner.run(step, result):
                result.started = result.container
        except Exception as error:
            result.error = cause(error)
        result.seconds = round(time.monotonic() - begin, 3)
        if step.changed:
            self.progress.step(bool(result.error))
        return result


def _skipped(step: Step, failures: int) -> StepResult:
    result = of_step(step)
    result.changed, result.error = False, f"left as it was: the rollout stopped after {failures} failures"
    return result
