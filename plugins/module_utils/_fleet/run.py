# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of the module containers: read, plan, then show the plan or carry it out."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import json
import os
import time
from collections.abc import Sequence

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils import _secrets, _times
from ansible_collections.novafleet.compute.plugins.module_utils._contract import CONFIG_DIR
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import shims
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    ENGINE_ARGUMENT_SPEC,
    Engine,
    EngineError,
    NewEngine,
    connect,
    reach,
)
from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups, memory, rehearsal
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired as _spec
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import plan as _plan
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.lock import Locked, fleet_lock
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.rollout import Options, Rollout, preview
from ansible_collections.novafleet.compute.plugins.module_utils._share import share

FILE_ARGUMENT_SPEC = dict(
    path=dict(type="str", required=True),
    content=dict(type="str", no_log=True),
    sha256=dict(type="str"),
    mode=dict(type="str", default="0640"),
    immutable=dict(type="bool", default=False),
)

SERVICE_ARGUMENT_SPEC = dict(
    name=dict(type="str", required=True),
    image=dict(type="str"),
    command=dict(type="list", elements="str"),
    container=dict(type="dict"),
    memory_mb=dict(type="int"),
    target=dict(type="str"),
    files=dict(type="list", elements="dict", options=FILE_ARGUMENT_SPEC),
)

# The one file whose text a diff shows.
NOVA_CONF = "nova.conf"
NOVA_CONF_ARGUMENT_SPEC = dict(
    templates=dict(type="path", required=True),
    base=dict(type="path"),
    defaults=dict(type="dict", default={}),
    files=dict(type="dict", default={}),
    identity_namespace=dict(type="str", required=True),
    compute_ids=dict(type="dict", default={}),
    releases=dict(type="list", elements="str", default=[]),
    groups=dict(type="dict", default={}),
    option_kinds=dict(type="dict", default={}),
    secret_options=dict(type="list", elements="str", default=[], no_log=False),
)

ARGUMENT_SPEC = dict(
    ENGINE_ARGUMENT_SPEC,
    fleet=dict(type="str", default="nova"),
    services=dict(type="list", elements="dict", default=[], options=SERVICE_ARGUMENT_SPEC),
    image=dict(type="str"),
    images_to_come=dict(type="list", elements="str", default=[]),
    nova_conf=dict(type="dict", options=NOVA_CONF_ARGUMENT_SPEC),
    container=dict(type="dict", default={}, options=_spec.CONTAINER_ARGUMENT_SPEC, apply_defaults=True),
    container_prefix=dict(type="str", default="nova-compute-"),
    config_dir=dict(type="path", default=CONFIG_DIR),
    files_owner=dict(type="int", default=0),
    files_group=dict(type="int", default=162),
    state=dict(type="str", choices=["present", "absent"], default="present"),
    all=dict(type="bool", default=False),
    prune=dict(type="bool", default=False),
    concurrency=dict(type="int", default=0),
    max_unavailable=dict(type="str", default="1"),
    max_failures=dict(type="int", default=0),
    settle=dict(type="int", default=3),
    health_timeout=dict(type="int", default=120),
    start_cpu_seconds=dict(type="float", default=0),
    memory_per_service_mb=dict(type="int", default=0),
    memory_reserve_mb=dict(type="int", default=512),
    memory_swap_percent=dict(type="int", default=0),
    lock_timeout=dict(type="int", default=60),
    secret_options=dict(type="list", elements="str", default=[], no_log=False),
    rendered=dict(type="dict", default={}),
    bundle=dict(type="path"),
    progress=dict(type="path"),
)

# Threads of this module for each processor of the host, and bounds: more only queue up inside the engine.
THREADS_A_PROCESSOR, FEWEST_THREADS, MOST_THREADS = 2, 4, 32


# Stands for the id of an image that is yet to be made.
TO_COME = "to come"


class Invalid(Failure):
    """The module's options contradict each other or what is on the Docker host; args[0] is a list of str."""


def hold(module):
    """Run the module; ends in exit_json or fail_json.

    With files to write that O(bundle) lacks, nothing is done and C(needs) names the services whose
    contents the controller has to send.

    Args:
        module: AnsibleModule made with ARGUMENT_SPEC.
    """
    try:
        with fleet_lock(module.params["fleet"], module.params["lock_timeout"], module.check_mode):
            result = _hold(module)
    except Invalid as error:
        problems = error.args[0]
        module.fail_json(msg="Nothing was changed.\n" + "\n".join(problems), problems=problems)
    except (EngineError, Locked) as error:
        module.fail_json(msg=str(error))
    end = module.fail_json if result.get("failed") else module.exit_json
    end(invocation=_invocation(module.params), **result)


def _invocation(params):
    """What Ansible sends back of the options, to be seen at -vvv: not hundreds of services, which come from there."""
    return dict(module_args={name: value for name, value in params.items() if name not in ("services", "rendered")})


def _hold(module):
    params = module.params
    desired = desired_services(params)
    engine = reach(lambda: Engine(connect(params)), NewEngine(), params, module.check_mode)
    store = FileStore(params["config_dir"], params["fleet"], params["files_owner"], params["files_group"])
    image_ids = engine.image_ids(service.image for service in desired)
    containers = shims.containers(engine)
    plan = _plan.plan(
        desired,
        _plan.Actual(containers, _expected(image_ids, module), store.read_all(), _runtimes(engine, desired)),
        params["fleet"],
        params["state"],
        params["prune"],
        params["config_dir"],
    )
    steps = _with_parts(plan.steps)
    problems = [*plan.problems, *_memory_problems(steps, params)]
    present = {name: ident for name, ident in image_ids.items() if ident}
    problems += rehearsal.problems(engine, steps, present, params["config_dir"])
    if problems:
        raise Invalid(problems)
    needs = [step.service for step in steps if step.write]
    contents = _contents(params["bundle"])
    if set(needs) - set(contents) and not (module.check_mode and not module._diff):
        return dict(changed=False, needs=needs)
    diff = _diff(steps, store, contents, params["secret_options"]) if module._diff else None
    if module.check_mode:
        return _outcome([preview(step) for step in steps], diff)
    changes = sum(1 for step in steps if step.changed)
    # A look at all processes, which a run that has nothing to do is spared.
    orphans = shims.orphans(containers, params["config_dir"]) if changes else {}
    progress, options = Progress(params["progress"], changes), _options(params, len(steps))
    return _outcome(Rollout(engine, store, options, contents, progress, orphans).run(steps), diff)


def _with_parts(steps: Sequence[_plan.Step]) -> list[_plan.Step]:
    """Only where it matters whether containers are active, as that costs a look at all processes."""

    def matters(step: _plan.Step) -> bool:
        return step.action in _plan.DISRUPTIVE and step.container is not None and step.container.state == "running"

    if not any(map(matters, steps)):
        return list(steps)
    groups = cgroups.Groups()
    return [dataclasses.replace(step, part=groups.part(step.container.id)) if matters(step) else step for step in steps]


def _expected(image_ids: dict, module: object) -> dict:
    """The ids with which a run would find the images: in check mode, some of them are yet to be made."""
    coming = module.params["images_to_come"] if module.check_mode else []
    return {name: TO_COME if name in coming else ident for name, ident in image_ids.items()}


def _runtimes(engine, desired):
    """The engine is only asked where a service does not take its default runtime."""
    return engine.runtimes() if any(_spec.runtime_of(service) for service in desired) else None


def _memory_problems(steps, params):
    # What is read is the memory of this machine, which another engine does not run on.
    if not params["memory_per_service_mb"] or not params["docker_host"].startswith("unix:"):
        return []
    sizes = {entry["name"]: entry["memory_mb"] for entry in params["services"]}
    needs = {name: sizes.get(name) or params["memory_per_service_mb"] for name in memory.starting(steps)}
    problem = memory.shortfall(needs, memory.available_mb(params["memory_swap_percent"]), params["memory_reserve_mb"])
    return [problem] if problem else []


def desired_services(params):
    """Turn the module's options into the desired state.

    Args:
        params: dict with the keys of ARGUMENT_SPEC.

    Returns:
        list of Service

    Raises:
        Invalid: with every problem found.
    """
    entries = [
        dict(entry, image=entry["image"] or params["image"], files=_files(entry, params["rendered"]))
        for entry in params["services"]
    ]
    if params["state"] == "absent":
        entries = [dict(entry, image=entry["image"] or "none") for entry in entries]
    problems = [*_meant(params), *_spec.problems(entries, params["container_prefix"])]
    problems += [f"container.{problem}" for problem in _spec.policy_problems(params["container"])]
    for index, entry in enumerate(entries):
        problems += _override(index, entry)
    try:
        share(params["max_unavailable"], len(entries))
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise Invalid(problems)
    return [
        _spec.service(entry, params["container"], params["fleet"], params["container_prefix"], params["config_dir"])
        for entry in entries
    ]


def _meant(params):
    """Whether it was meant that nothing is listed, as far as something is removed for it."""
    if params["all"] and (params["state"] != "absent" or params["services"]):
        yield "all: removes the whole fleet. Set state: absent and leave out services, or leave out all."
    elif params["state"] == "absent" and not params["services"] and not params["all"]:
        yield "services: is empty. List the services to remove, or set all: true to remove the whole fleet."


def _files(entry, rendered):
    """Those that are listed, and those that the controller has made, which need no check."""
    return [*(entry["files"] or ()), *rendered.get(entry["name"], ())]


def _override(index, entry):
    """Check and normalise one service's container settings in place; returns the problems."""
    if not entry.get("container"):
        return []
    spec = {
        key: {k: v for k, v in option.items() if k not in ("default", "apply_defaults")}
        for key, option in _spec.CONTAINER_ARGUMENT_SPEC.items()
    }
    validated = ArgumentSpecValidator(spec).validate(entry["container"])
    entry["container"] = validated.validated_parameters
    found = validated.error_messages + _spec.policy_problems(entry["container"])
    return [f"services[{index}].container ({entry['name']}): {message}" for message in found]


def _options(params, services):
    processors = os.cpu_count() or 1
    return Options(
        concurrency=params["concurrency"] or max(FEWEST_THREADS, min(MOST_THREADS, THREADS_A_PROCESSOR * processors)),
        max_unavailable=share(params["max_unavailable"], services),
        max_failures=params["max_failures"],
        settle=params["settle"],
        health_timeout=params["health_timeout"],
        start_seconds=params["start_cpu_seconds"] / processors,
        start_burst=processors,
    )


def _contents(bundle):
    if not bundle:
        return {}
    with gzip.open(bundle, "rt", encoding="utf-8") as stream:
        sent = json.load(stream)
    return {
        name: {path: sent["texts"][digest] for path, digest in files.items()}
        for name, files in sent["services"].items()
    }


def _diff(steps, store, contents, secret_options):
    """One before/after pair for each file that a step changes: nova.conf with secrets masked, digests of the others."""
    pairs = []
    for step in steps:
        after = contents.get(step.service, {})
        digests = dict({item.path: item.sha256 for item in step.write}, **dict.fromkeys(step.delete, ""))
        for name, digest in digests.items():
            header, before = store.path(step.service, name), store.text(step.service, name)
            if name == NOVA_CONF:
                was = _secrets.masked(before, secret_options)
                becomes = _secrets.masked_change(before, after.get(name, ""), secret_options)
            else:
                # A key, a keyring or a certificate: nobody but its owner knows which.
                was, becomes = _digest_line(store.digest(step.service, name)), _digest_line(digest)
            pairs.append(dict(before_header=header, after_header=header, before=was, after=becomes))
        if step.changed:
            what = f"{step.action} {step.service}: {', '.join(step.reasons)}\n"
            pairs.append(dict(before_header="containers", after_header="containers", before="", after=what))
    return pairs


def _digest_line(digest):
    return f"sha256:{digest}\n" if digest else ""


def _outcome(results, diff):
    summary = collections.Counter(result["action"] for result in results)
    failed = [result for result in results if result["error"]]
    outcome = dict(
        changed=any(result["changed"] for result in results),
        services=results,
        summary=dict(summary, failed=len(failed)),
        finished_at=_times.text(time.time()),
    )
    if diff is not None:
        outcome["diff"] = diff
    if failed:
        lines = [f"{result['name']}: {result['error']}" for result in failed]
        outcome.update(failed=True, msg=f"{len(failed)} of {len(results)} services failed.\n" + "\n".join(lines))
    return outcome
