# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a plan: what does not interrupt anybody at once, the rest in waves, each wave gated.

A service that fails is that service's failure alone; only a wave with more failures than the
budget stops the waves after it, and those services stay as they were.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST, NEXT_SUFFIX, STARTING, STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import shims
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    Container,
    EngineError,
    NotFound,
)
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

STOP_TIMEOUT = 180
GATE_POLL_SECONDS = 0.5
ORPHAN_REASON = "a container of the service lived on after the engine had removed it"


@dataclass(frozen=True)
class Options:
    """How fast and how carefully.

    Attributes:
        concurrency: services worked on at the same time.
        max_unavailable: running services that may be interrupted at the same time.
        max_failures: failures that the waves bear before the rest is left as it was.
        settle: seconds that a container must stay up to count as started.
        health_timeout: seconds in which a container with a health check must become healthy.
        start_seconds: seconds between two starts, on average.
        start_burst: starts that may come at once, before the average holds.
    """

    concurrency: int = 4
    max_unavailable: int = 1
    max_failures: int = 0
    settle: int = 3
    health_timeout: int = 120
    start_seconds: float = 0.0
    start_burst: int = 1


class Pace:
    """Spreads starts over time, so that hundreds of starting services leave the host room for those that run.

    A virtual schedule (the generic cell rate algorithm, ITU-T I.371): each start takes the next slot.
    """

    def __init__(self, seconds, burst):
        """seconds: between two slots; burst: slots that may be taken at once."""
        self.seconds, self.slack = seconds, seconds * (burst - 1)
        self.next, self.lock = 0.0, threading.Lock()

    def wait(self):
        """Block until this start may happen."""
        if not self.seconds:
            return
        with self.lock:
            now = time.monotonic()
            slot = max(self.next, now)
            self.next = slot + self.seconds
        time.sleep(max(0.0, slot - self.slack - now))


class Rollout:
    """Carries out the steps of one plan."""

    def __init__(self, engine, store, options, contents, progress=None, orphans=None):
        """Arguments:
        engine: Engine; store: FileStore; options: Options; progress: Progress.
        contents: dict, service -> file name -> str.
        orphans: dict, service -> ids of containers that live on although the engine has removed them.
        """
        self.engine, self.store, self.options, self.contents = engine, store, options, contents
        self.progress, self.orphans = progress or Progress(), orphans or {}
        self.pace, self.shims = Pace(options.start_seconds, options.start_burst), shims.Shims()

    def run(self, steps):
        """Carry out steps.

        Args:
            steps: list of Step.

        Returns:
            list of dict, one a step in the same order: name, container, action, changed, reasons,
            seconds, started_at (RFC 3339 or None), error (str or None).
        """
        results = {}
        gentle = [step for step in steps if not step.disruptive]
        self._wave(gentle, self.options.concurrency, results)
        self._waves([step for step in steps if step.disruptive], results)
        return [results[step.service] for step in steps]

    def _waves(self, steps, results):
        failures, size = 0, max(1, self.options.max_unavailable)
        for first in range(0, len(steps), size):
            wave = steps[first : first + size]
            if failures > self.options.max_failures:
                results.update((step.service, _skipped(step, failures)) for step in wave)
                continue
            self._wave(wave, min(size, self.options.concurrency), results)
            failures += sum(1 for step in wave if results[step.service]["error"])

    def _wave(self, steps, concurrency, results):
        if not steps:
            return
        with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
            for step, result in zip(steps, pool.map(self._step, steps)):
                results[step.service] = result
            started = [step for step in steps if results[step.service]["started"]]
            checked = any("Healthcheck" in step.desired.config for step in started)
            gated = [results[step.service] for step in started]
            self._gate(gated, pool, checked)
            self.progress.fail(sum(1 for result in gated if result["error"]))
        for step in steps:
            result = results[step.service]
            del result["started"]
            if step.desired and result["changed"] and not result["error"]:
                self._settle(step, result)

    def _settle(self, step, result):
        """Note that a service has read its files; where that fails, the next run restarts it once more."""
        try:
            self.store.settle(step.service, step.desired.files)
        except Exception as error:
            result["error"] = f"runs with its new files, but that cannot be noted: {cause(error)}"
            self.progress.fail(1)

    def _step(self, step):
        begin = time.monotonic()
        result = _result(step)
        try:
            self._end_orphans(step, result)
            result["started"] = self._carry_out(step)
        except Exception as error:
            # A service's failure is its own, whatever it is: what was done for the others must be told.
            result["error"] = cause(error)
        result["seconds"] = round(time.monotonic() - begin, 3)
        if step.changed:
            self.progress.step(bool(result["error"]))
        return result

    def _end_orphans(self, step, result):
        if step.action == "unwanted" or step.service not in self.orphans:
            return
        for ident in self.orphans[step.service]:
            shims.end_removed(ident, STOP_TIMEOUT, self.shims)
        result.update(changed=True, reasons=[*result["reasons"], ORPHAN_REASON])

    def _carry_out(self, step):
        """Do one step; returns the name of the container that was started, or None."""
        for leftover in step.leftovers:
            if leftover.state in STOPPED:
                self.engine.remove(leftover.id)
            else:
                self._retire(leftover, STOP_TIMEOUT)
        return getattr(self, "_" + step.action)(step)

    def _leave(self, _step):
        return None

    _unwanted = _leave

    def _create(self, step):
        self._write(step, restart_owed=False)
        self.engine.create(step.desired.container, step.desired.config)
        self.pace.wait()
        self.engine.start(step.desired.container)
        return step.desired.container

    def _start(self, step):
        if step.container.state == "paused":
            return self._resume(step)
        self._write(step, restart_owed=True)
        self.pace.wait()
        self.engine.start(step.container.id)
        self._named(step)
        return step.desired.container

    def _resume(self, step):
        """An unpaused process was not started now, unless it has files to read."""
        self.engine.unpause(step.container.id)
        # Its pause is one reason; any other is a file.
        if len(step.reasons) > 1:
            return self._restart(step)
        return self._named(step)

    def _restart(self, step):
        self._write(step, restart_owed=True)
        self.pace.wait()
        self.engine.restart(step.container.id, step.desired.stop_timeout)
        self._named(step)
        return step.desired.container

    def _rename(self, step):
        self._named(step)

    def _recreate(self, step):
        """The successor is made before the predecessor stops, so that the gap is a stop and a start."""
        successor = step.desired.container + NEXT_SUFFIX
        self._named(step)
        self.engine.create(successor, step.desired.config)
        self._write(step, restart_owed=True)
        self.pace.wait()
        self._retire(step.container, step.desired.stop_timeout)
        self.engine.rename(successor, step.desired.container)
        self.engine.start(step.desired.container)
        return step.desired.container

    def _remove(self, step):
        if step.container:
            self._retire(step.container, STOP_TIMEOUT)
        self.store.remove(step.service)

    def _retire(self, container, timeout):
        """Stop, then remove; never the other way round, as removal kills in the middle of someone's operation."""
        if container.state == LOST:
            shims.end(container.id, timeout, self.shims)
        try:
            if container.state == "paused":
                self.engine.unpause(container.id)
            self.engine.stop(container.id, timeout)
        except NotFound:
            pass
        else:
            self.engine.remove(container.id)
        shims.end_removed(container.id, timeout, self.shims)

    def _named(self, step):
        if step.container.name != step.desired.container:
            self.engine.rename(step.container.id, step.desired.container)

    def _write(self, step, restart_owed):
        if step.write or step.delete:
            contents = self.contents.get(step.service, {})
            self.store.write(step.service, step.desired.files, step.write, step.delete, contents, restart_owed)

    def _gate(self, results, pool, checked):
        """Hold the wave until its containers have stayed up for the settling time, and are healthy if they can tell.

        Restart policies hide a container that ends at once, so the engine's restart count decides.
        """
        pending = {result["container"]: result for result in results}
        try:
            self._watch(pending, checked)
        except EngineError as error:
            for result in pending.values():
                result["error"] = str(error)
        for result, detail in zip(results, pool.map(self._inspect, results)):
            self._conclude(result, detail)

    def _watch(self, pending, checked):
        """Take out of pending what does not stay up, or does not become healthy.

        checked: bool, some of them have a health check.
        """
        begin = time.monotonic()
        settled, deadline = begin + self.options.settle, begin + self.options.health_timeout
        starting, waiting = [], checked or self.options.settle > 0
        while pending and waiting:
            time.sleep(min(GATE_POLL_SECONDS, max(0.05, settled - time.monotonic())))
            now, states = time.monotonic(), {container.name: container for container in self.engine.containers()}
            for name in [name for name in pending if not _sound(states.get(name))]:
                self._failed(pending.pop(name), states.get(name))
            starting = _starting([states[name] for name in pending], now >= settled)
            waiting = now < settled or (starting and now < deadline)
        for name in starting:
            self._failed(pending.pop(name), states[name])

    def _inspect(self, result):
        """What the engine knows of a container, or a str that says why it does not tell."""
        try:
            return self.engine.inspect(result["container"])
        except NotFound:
            return f"container {result['container']} is gone"
        except EngineError as error:
            return str(error)

    def _conclude(self, result, detail):
        if isinstance(detail, str):
            result["error"] = result["error"] or detail
            return
        result["started_at"] = detail["State"]["StartedAt"]
        if detail["RestartCount"] and self.options.settle and not result["error"]:
            result["error"] = self._ended(
                result["container"], f"ended and was restarted {detail['RestartCount']} times"
            )

    def _failed(self, result, container):
        state = container.status if container else "gone"
        what = _unfit(container)
        result["error"] = self._ended(result["container"], f"{what}: {state}")

    def _ended(self, name, what):
        return f"container {name} {what}. Its last log lines:\n{masked(self.engine.log_tail(name))}"


def _starting(containers: list[Container], settled: bool) -> list[str]:
    """Names of those that have yet to become healthy, or, once settled, to be tested while they wait for the lease."""
    groups = cgroups.Groups() if settled and containers else None
    return [one.name for one in containers if one.health == "starting" or (groups and groups.part(one.id) == STARTING)]


def _unfit(container: Container | None) -> str:
    """What a container did not do in time."""
    if container is None or container.state != "running":
        return "did not stay up"
    return "did not become healthy" if container.health else "did not get ready"


def _sound(container):
    return container is not None and container.state == "running" and container.health != "unhealthy"


def _result(step):
    name = step.desired.container if step.desired else (step.container.name if step.container else None)
    return dict(
        name=step.service,
        container=name,
        action=step.action,
        part=step.part,
        changed=step.changed,
        reasons=list(step.reasons),
        seconds=0.0,
        started=None,
        started_at=None,
        error=None,
    )


def preview(step):
    """What run() would return for a step, without doing it: for check mode."""
    result = _result(step)
    del result["started"]
    return result


def _skipped(step, failures):
    result = preview(step)
    result.update(changed=False, error=f"left as it was: the rollout stopped after {failures} failures")
    return result
