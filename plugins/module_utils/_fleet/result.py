# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the steps, as the module returns them."""

from __future__ import annotations

import collections
import dataclasses
import time
from collections.abc import Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step


@dataclasses.dataclass
class StepResult:
    """Result of one step.

    Attributes:
        name: of the service.
        container: name of its container, or None.
        action, part, changed, reasons: those of the step.
        seconds: duration of the step.
        started: name of the container that was started and must be watched; None if none was.
        started_at: time of that start by the engine's clock, in the form of RFC 3339.
        error: why it failed, or None.
    """

    name: str
    container: str | None
    action: str
    part: str | None
    changed: bool
    reasons: list[str]
    seconds: float = 0.0
    started: str | None = None
    started_at: str | None = None
    error: str | None = None

    def shown(self) -> dict[str, Any]:
        """The result as the module returns it."""
        return {key: value for key, value in vars(self).items() if key != "started"}


def of_step(step: Step) -> StepResult:
    """The result of a step if nothing fails. Check mode returns it, and a run starts with it."""
    container = step.desired.container if step.desired else (step.container.name if step.container else None)
    return StepResult(step.service, container, step.action, step.part, step.changed, list(step.reasons))


def outcome(results: Sequence[StepResult], diff: Sequence[dict[str, str]] | None) -> dict[str, Any]:
    """The module's result.

    Args:
        results: one for each step, in the same order.
        diff: pairs from diff.diff(); None if they were not requested.

    Returns:
        changed, services, summary, finished_at; diff if there is one; failed and msg if a service failed.
    """
    summary = collections.Counter(result.action for result in results)
    failed = [result for result in results if result.error]
    told: dict[str, Any] = dict(
        changed=any(result.changed for result in results),
        services=[result.shown() for result in results],
        summary=dict(summary, failed=len(failed)),
        finished_at=_times.text(time.time()),
    )
    if diff is not None:
        told["diff"] = list(diff)
    if failed:
        lines = [f"{result.name}: {result.error}" for result in failed]
        told.update(failed=True, msg=f"{len(failed)} of {len(results)} services failed.\n" + "\n".join(lines))
    return told
