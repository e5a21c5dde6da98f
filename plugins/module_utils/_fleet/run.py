# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of the module containers: options -> desired -> read -> plan -> refuse | preview | carry out -> result."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Engine, EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import is_here, open_engine
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import result
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.carry_out import StepRunner
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import every
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import RunRefused, desired_services
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.diff import diff
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.gate import Gate
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.lock import Locked, fleet_lock
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan, plan
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.read import read, with_parts
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.rollout import Rollout, RolloutOptions
from ansible_collections.novafleet.compute.plugins.module_utils._share import share

# Threads of this module for each processor of the host, and bounds: more only queue up inside the engine.
THREADS_A_PROCESSOR, FEWEST_THREADS, MOST_THREADS = 2, 4, 32

# Service -> file name -> text.
Contents = Mapping[str, Mapping[str, str]]


def apply(module: AnsibleModule) -> None:
    """Run the module. It ends in exit_json or fail_json.

    Args:
        module: made with ARGUMENT_SPEC.
    """
    end(module, answer(module.params, module.check_mode, module._diff))


def answer(params: Mapping[str, Any], check_mode: bool, shows_diff: bool) -> dict[str, Any]:
    """Bring the services to their desired state, or report what would be done.

    If files must be written that O(bundle) lacks, nothing is changed. C(needs) then names the services whose contents
    the controller must send.

    Args:
        params: with the keys of ARGUMENT_SPEC (arguments.py).
        check_mode: whether to report only.
        shows_diff: whether the answer has the diff.

    Returns:
        the module's result. A failure is one with failed and msg.
    """
    return locked(params, params["fleet"], check_mode, lambda: _outcome(params, check_mode, shows_diff))


def locked(
    params: Mapping[str, Any], lock: str, check_mode: bool, outcome: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The result of a function that is called while a lock is held. Failures are results, too.

    Args:
        params: with lock_timeout.
        lock: name of the lock.
        check_mode: whether the function changes nothing.
        outcome: the function.
    """
    try:
        with fleet_lock(lock, params["lock_timeout"], check_mode):
            return outcome()
    except RunRefused as error:
        return dict(failed=True, msg=str(error), problems=error.problems)
    except (EngineError, Locked) as error:
        return dict(failed=True, msg=str(error))


def end(module: AnsibleModule, result_of_run: Mapping[str, Any]) -> None:
    """End a module with its result, in exit_json or fail_json."""
    ending = module.fail_json if result_of_run.get("failed") else module.exit_json
    ending(invocation=invocation(module.params), **result_of_run)


def invocation(params: Mapping[str, Any]) -> dict[str, Any]:
    """The options that Ansible returns and shows at -vvv.

    Hundreds of services are left out, as the controller sent them.
    """
    return dict(module_args={name: value for name, value in params.items() if name not in ("services", "_controller")})


def _outcome(params: Mapping[str, Any], check_mode: bool, shows_diff: bool) -> dict[str, Any]:
    directory = params["config_dir"]
    if not directory.startswith("/"):
        raise RunRefused([f"config_dir: {directory!r} is not an absolute path. Write one that begins with /."])
    services = desired_services(params)
    engine = open_engine(params, check_mode)
    store = FileStore(params["config_dir"], params["fleet"], params["files_owner"], params["files_group"])
    actual = read(engine, store, services, params["images_to_come"] if check_mode else ())
    made = plan(services, actual, params["fleet"], params["state"], params["prune"], params["config_dir"])
    problems = every.problems(made, Host(engine, params, is_here(params)))
    if problems:
        raise RunRefused(problems)
    needs, contents = [step.service for step in made.steps if step.write], contents_of(params["_controller"]["bundle"])
    if set(needs) - set(contents) and not (check_mode and not shows_diff):
        return dict(changed=False, needs=needs)
    steps = with_parts(made.steps)
    pairs = diff(steps, store, contents, params["secret_options"]) if shows_diff else None
    if check_mode or not any(step.changed for step in steps):
        return result.outcome([result.of_step(step) for step in steps], pairs)
    return result.outcome(_rollout(engine, store, made, contents, params).run(steps), pairs)


def contents_of(bundle: str | None) -> Contents:
    """The texts that the controller sent, each of them once."""
    if not bundle:
        return {}
    with gzip.open(bundle, "rt", encoding="utf-8") as stream:
        sent = json.load(stream)
    return {
        name: {path: sent["texts"][digest] for path, digest in files.items()}
        for name, files in sent["services"].items()
    }


def _rollout(engine: Engine, store: FileStore, made: Plan, contents: Contents, params: Mapping[str, Any]) -> Rollout:
    # A look at all processes. A run that has nothing to do skips it.
    orphans = engine.orphans(made.actual.containers, params["config_dir"])
    runner = StepRunner(engine, store, contents, orphans, _pace(params))
    gate = Gate(engine, params["settle"], params["health_timeout"])
    progress = Progress(params["_controller"]["progress"], sum(1 for step in made.steps if step.changed))
    return Rollout(runner, gate, _options(params, len(made.steps)), progress)


def _pace(params: Mapping[str, Any]) -> Pace:
    processors = os.cpu_count() or 1
    return Pace(params["start_cpu_seconds"] / processors, processors)


def _options(params: Mapping[str, Any], services: int) -> RolloutOptions:
    processors = os.cpu_count() or 1
    threads = max(FEWEST_THREADS, min(MOST_THREADS, THREADS_A_PROCESSOR * processors))
    return RolloutOptions(
        concurrency=params["concurrency"] or threads,
        max_unavailable=share(params["max_unavailable"], services),
        max_failures=params["max_failures"],
    )
