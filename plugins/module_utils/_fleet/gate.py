# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a wave's containers have stayed up for the settling time, and are healthy if they have a health check."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.novafleet.compute.plugins.module_utils._contract import STARTING
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Container,
    ContainerDetails,
    Engine,
    NotFound,
)
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import StepResult
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

POLL_SECONDS = 0.5


class Gate:
    """Watches containers that were started a moment ago.

    Restart policies hide a container that ends at once, so the engine's restart count decides.
    """

    def __init__(self, engine: Engine, settle: float, health_timeout: float) -> None:
        """Arguments:
        engine: of this machine.
        settle: seconds that a container must stay up to count as started.
        health_timeout: seconds in which a container with a health check must become healthy.
        """
        self.engine, self.settle, self.health_timeout = engine, settle, health_timeout

    def hold(self, results: Sequence[StepResult], pool: ThreadPoolExecutor, checked: bool) -> None:
        """Wait for containers. Add to their results when they started, or why they are not healthy.

        Args:
            results: of services whose containers were started.
            pool: threads to ask about single containers with.
            checked: whether some of the containers have a health check.
        """
        pending = {str(result.container): result for result in results}
        try:
            self._watch(pending, checked)
        except Exception as error:
            # The results of the other services must still be reported.
            for result in pending.values():
                result.error = cause(error)
        for result, details in zip(results, pool.map(self._inspect, results)):
            self._conclude(result, details)

    def _watch(self, pending: dict[str, StepResult], checked: bool) -> None:
        """Remove from pending the containers that do not stay up, or do not become healthy."""
        begin = time.monotonic()
        settled, deadline = begin + self.settle, begin + self.health_timeout
        starting: list[str] = []
        states: dict[str, Container] = {}
        waiting = checked or self.settle > 0
        while pending and waiting:
            time.sleep(min(POLL_SECONDS, max(0.05, settled - time.monotonic())))
            now, states = time.monotonic(), {container.name: container for container in self.engine.containers()}
            for name in [name for name in pending if not _sound(states.get(name))]:
                self._fail(pending.pop(name), states.get(name))
            starting = _starting([states[name] for name in pending], now >= settled)
            waiting = now < settled or (bool(starting) and now < deadline)
        for name in starting:
            self._fail(pending.pop(name), states[name])

    def _inspect(self, result: StepResult) -> ContainerDetails | str:
        """The engine's details of a container, or why it did not return them."""
        try:
            return self.engine.inspect(str(result.container))
        except NotFound:
            return f"container {result.container} is gone"
        except Exception as error:
            return cause(error)

    def _conclude(self, result: StepResult, details: ContainerDetails | str) -> None:
        if isinstance(details, str):
            result.error = result.error or details
            return
        result.started_at = details.started_at
        if details.restarts and self.settle and not result.error:
            result.error = self._ended(result, f"ended and was restarted {details.restarts} times")

    def _fail(self, result: StepResult, container: Container | None) -> None:
        result.error = self._ended(result, f"{_unfit(container)}: {container.status if container else 'gone'}")

    def _ended(self, result: StepResult, what: str) -> str:
        log = masked(self.engine.log_tail(str(result.container)))
        return f"container {result.container} {what}. Its last log lines:\n{log}"


def _starting(containers: Iterable[Container], settled: bool) -> list[str]:
    """Names of containers that are not healthy yet or, once settled, not tested yet while they wait for the lease."""
    containers = list(containers)
    groups = cgroups.Groups() if settled and containers else None
    return [
        each.name for each in containers if each.health == "starting" or (groups and groups.part(each.id) == STARTING)
    ]


def _unfit(container: Container | None) -> str:
    """The state that a container did not reach in time."""
    if container is None or container.state != "running":
        return "did not stay up"
    return "did not become healthy" if container.health else "did not become ready"


def _sound(container: Container | None) -> bool:
    return container is not None and container.state == "running" and container.health != "unhealthy"
