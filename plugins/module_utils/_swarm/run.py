# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of the module swarm_services: options -> desired -> read -> plan -> refuse | preview | carry out -> result.

Plan, waves, result and diff are those of the module containers.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import result
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import RunRefused
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.diff import diff
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan, plan
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.rollout import Rollout, RolloutOptions
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.run import contents_of, end, locked
from ansible_collections.novafleet.compute.plugins.module_utils._share import share
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.carry_out import SwarmStepRunner
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.checks import Planned, swarm_problems
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.connect import swarm_calls
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.desired import PLACE, desired, places
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.gate import SwarmGate
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.read import SwarmState, read_swarm
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.stored import SecretStore, StoredFiles
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.trial import require_usable, trial_problems

# Requests at the same time. More of them wait for each other in the managers' store.
THREADS = 8
Params = Mapping[str, Any]


def apply_to_swarm(module: AnsibleModule) -> None:
    """Run the module. It ends in exit_json or fail_json.

    Args:
        module: made with SWARM_ARGUMENT_SPEC.
    """
    lock = f"swarm-{module.params['fleet']}"
    end(module, locked(module.params, lock, module.check_mode, lambda: _outcome(module)))


def _outcome(module: AnsibleModule) -> dict[str, Any]:
    params, check_mode = module.params, module.check_mode
    services, placed = desired(params), places(params)
    calls = swarm_calls(params)
    stored = StoredFiles(calls, params["fleet"], params["files_owner"], params["files_group"])
    state = read_swarm(calls, stored, params["fleet"], services, placed, params["container"])
    made = plan(services, state.actual, params["fleet"], params["state"], params["prune"], PLACE)
    problems = swarm_problems(Planned(made, state, placed, params, calls.version))
    if problems:
        raise RunRefused(problems)
    needs = [step.service for step in made.steps if step.desired and stored.missing(step.write)]
    contents = contents_of(params["_controller"]["bundle"])
    if set(needs) - set(contents) and not check_mode:
        return dict(changed=False, needs=needs)
    pairs = None
    if module._diff:
        pairs = diff(made.steps, SecretStore(state.actual.files), contents, params["secret_options"])
    if check_mode or not any(step.changed for step in made.steps):
        return result.outcome([result.of_step(step) for step in made.steps], pairs)
    return result.outcome(_carry_out(calls, stored, state, made, params), pairs)


def _carry_out(
    calls: SwarmCalls, stored: StoredFiles, state: SwarmState, made: Plan, params: Params
) -> list[result.StepResult]:
    before = {reference.id for service in state.services.values() for reference in service.files}
    threads = params["concurrency"] or THREADS
    if any(step.changed and step.desired for step in made.steps):
        require_usable(state.nodes)
    problems = trial_problems(calls, made, state.wishes, state.nodes, params["image_timeout"])
    if problems:
        raise RunRefused(problems)
    wanted = {step.service: step.desired.files for step in made.steps if step.desired and step.changed}
    try:
        stored.create(wanted, contents_of(params["_controller"]["bundle"]), threads)
        return _rollout(calls, stored, state, made, params, threads).run(made.steps)
    finally:
        # What is not removed now, a later run removes.
        with contextlib.suppress(EngineError):
            stored.discard(before, calls.services(), datetime.datetime.now(datetime.timezone.utc))


def _rollout(
    calls: SwarmCalls, stored: StoredFiles, state: SwarmState, made: Plan, params: Params, threads: int
) -> Rollout:
    processors = sum(node.processors for node in state.nodes if node.usable) or 1
    runner = SwarmStepRunner(calls, stored, state, Pace(params["start_cpu_seconds"] / processors, processors))
    gate = SwarmGate(calls, runner, params["fleet"], params["settle"], params["health_timeout"])
    options = RolloutOptions(
        concurrency=threads,
        max_unavailable=share(params["max_unavailable"], len(made.steps)),
        max_failures=params["max_failures"],
    )
    progress = Progress(params["_controller"]["progress"], sum(1 for step in made.steps if step.changed))
    return Rollout(runner, gate, options, progress)
