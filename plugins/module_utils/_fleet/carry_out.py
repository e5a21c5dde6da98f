# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out one step: sends requests to the engine and writes files, in the right order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.novafleet.compute.plugins.module_utils._contract import NEXT_SUFFIX, STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container, Engine
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import StepResult

STOP_TIMEOUT = 180
ORPHAN_REASON = "a container of the service kept running after the engine had removed it"


class StepRunner:
    """Carries out steps of one plan. Each step may run in a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        store: FileStore,
        contents: Mapping[str, Mapping[str, str]],
        orphans: Mapping[str, Sequence[str]],
        pace: Pace,
    ) -> None:
        """Arguments:
        engine: of this machine.
        store: the services' files.
        contents: service -> file name -> text.
        orphans: service -> ids of containers that still run although the engine has removed them.
        pace: limits how fast containers are started.
        """
        self.engine, self.store, self.contents = engine, store, contents
        self.orphans, self.pace = orphans, pace

    def run(self, step: Step, result: StepResult) -> bool:
        """Carry out one step. Return whether the service's container was started."""
        self._end_orphans(step, result)
        self._end_leftovers(step)
        return self._carry_out(step)

    def settle(self, step: Step, result: StepResult) -> None:
        """Record that a service has read its files. If that fails, the next run restarts the service once more."""
        if step.desired is None:
            return
        try:
            self.store.settle(step.service, step.desired.files)
        except Exception as error:
            result.error = f"runs with its new files, but that cannot be recorded: {cause(error)}"

    def _end_orphans(self, step: Step, result: StepResult) -> None:
        if step.action == "unwanted" or step.service not in self.orphans:
            return
        for ident in self.orphans[step.service]:
            self.engine.end_orphan(ident, STOP_TIMEOUT)
        result.changed, result.reasons = True, [*result.reasons, ORPHAN_REASON]

    def _end_leftovers(self, step: Step) -> None:
        for leftover in step.leftovers:
            if leftover.state in STOPPED:
                self.engine.remove(leftover.id)
            else:
                self.engine.dispose(leftover, STOP_TIMEOUT)

    def _carry_out(self, step: Step) -> bool:
        if step.action == "remove":
            return self._remove(step)
        if step.desired is None or step.action in ("leave", "unwanted"):
            return False
        if step.container is None:
            return self._create(step, step.desired)
        actions = dict(start=self._start, restart=self._restart, rename=self._rename, recreate=self._recreate)
        return actions[step.action](step, step.desired, step.container)

    def _create(self, step: Step, desired: Service) -> bool:
        self._write(step, desired, restart_owed=False)
        self.engine.create(desired.container, desired.spec)
        self.pace.wait()
        self.engine.start(desired.container)
        return True

    def _start(self, step: Step, desired: Service, container: Container) -> bool:
        if container.state == "paused":
            return self._resume(step, desired, container)
        self._write(step, desired, restart_owed=True)
        self.pace.wait()
        self.engine.start(container.id)
        self._rename(step, desired, container)
        return True

    def _resume(self, step: Step, desired: Service, container: Container) -> bool:
        """Unpause the container. That is not a start, so a container that must read new files is also restarted."""
        self.engine.unpause(container.id)
        # The pause is one reason. Any further reason is a changed file.
        if len(step.reasons) > 1:
            return self._restart(step, desired, container)
        return self._rename(step, desired, container)

    def _restart(self, step: Step, desired: Service, container: Container) -> bool:
        self._write(step, desired, restart_owed=True)
        self.pace.wait()
        self.engine.restart(container.id, desired.stop_timeout)
        self._rename(step, desired, container)
        return True

    def _rename(self, _step: Step, desired: Service, container: Container) -> bool:
        if container.name != desired.container:
            self.engine.rename(container.id, desired.container)
        return False

    def _recreate(self, step: Step, desired: Service, container: Container) -> bool:
        """Create the successor before the predecessor stops, so that the gap is only a stop and a start."""
        successor = desired.container + NEXT_SUFFIX
        self._rename(step, desired, container)
        self.engine.create(successor, desired.spec)
        self._write(step, desired, restart_owed=True)
        self.pace.wait()
        self.engine.dispose(container, desired.stop_timeout)
        self.engine.rename(successor, desired.container)
        self.engine.start(desired.container)
        return True

    def _remove(self, step: Step) -> bool:
        if step.container:
            self.engine.dispose(step.container, STOP_TIMEOUT)
        self.store.remove(step.service)
        return False

    def _write(self, step: Step, desired: Service, restart_owed: bool) -> None:
        if step.write or step.delete:
            contents = self.contents.get(step.service, {})
            self.store.write(step.service, desired.files, step.write, step.delete, contents, restart_owed)
