# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specification of a Swarm service, and whether Swarm has it already. Pure.

Source: Docker API 1.41, ServiceSpec and TaskSpec. There is no digest of it: Swarm returns the specification that it
has, so an operator's change is found, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.body import (
    NANOSECONDS,
    bind,
    healthcheck,
    log_config,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import (
    CONFIG,
    SECRET,
    FileReference,
    SwarmService,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.tmpfs import tmpfs_mount

# Swarm's own figure. Each restart makes a new task and a new container.
RESTART_DELAY = 5 * NANOSECONDS
CONDITIONS = {"unless-stopped": "any", "always": "any", "no": "none"}
# The engine mounts its init there. It ends at once if it is asked for its version.
INIT_PROGRAM = ["/sbin/docker-init", "--version"]
LABEL_TRIAL = "novafleet.trial"
# Parts of a specification that are compared apart from the settings.
FILE_KEYS = {SECRET: "Secrets", CONFIG: "Configs"}
ID_KEYS = {SECRET: "SecretID", CONFIG: "ConfigID"}
NAME_KEYS = {SECRET: "SecretName", CONFIG: "ConfigName"}


@dataclass(frozen=True)
class Wish:
    """What a service of the swarm should be.

    Attributes:
        name: of the Swarm service.
        spec: settings of its container.
        image: with its digest.
        network: id of its network; "" for none.
        constraints: where Swarm may place it, in the notation of C(docker service create --constraint).
        reserve_bytes: memory that Swarm reserves for it; 0 for none.
    """

    name: str
    spec: ContainerSpec
    image: str
    network: str = ""
    constraints: tuple[str, ...] = ()
    reserve_bytes: int = 0


def service_body(wish: Wish, files: Iterable[FileReference] = ()) -> dict[str, Any]:
    """Specification of the service: one task, which Swarm replaces one at a time."""
    return {
        "Name": wish.name,
        "Labels": _labels(wish.spec),
        "TaskTemplate": _task(wish, files),
        "Mode": {"Replicated": {"Replicas": 1}},
        # The old task ends first. What failed stays for the operator to see.
        "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Order": "stop-first"},
    }


def with_a_new_task(body: Mapping[str, Any], live: SwarmService) -> dict[str, Any]:
    """Specification of a service that is replaced by a new task also where all its settings stay.

    Args:
        body: as service_body() returns it.
        live: the service as it is.
    """
    earlier = int(live.body["TaskTemplate"].get("ForceUpdate") or 0)
    return {**body, "TaskTemplate": {**body["TaskTemplate"], "ForceUpdate": earlier + 1}}


def trial_body(wish: Wish, name: str, fleet: str) -> dict[str, Any]:
    """Specification of a job that tries a service's image and settings on every node, and starts nothing of the image.

    Args:
        wish: the service to try.
        name: of the job.
        fleet: whose job it is.
    """
    task = _task(wish, ())
    container = task["ContainerSpec"]
    container.update(Command=INIT_PROGRAM, Init=True, Labels={LABEL_TRIAL: fleet})
    for key in ("Args", "Healthcheck"):
        container.pop(key, None)
    task["Resources"].pop("Reservations")
    task["RestartPolicy"] = {"Condition": "none"}
    return {"Name": name, "Labels": {LABEL_TRIAL: fleet}, "TaskTemplate": task, "Mode": {"GlobalJob": {}}}


def matches(wanted: Any, there: Any) -> bool:
    """Whether all that is wanted is there. The API leaves out what is empty, and adds what it was not asked for."""
    if isinstance(wanted, Mapping):
        present = there if isinstance(there, Mapping) else {}
        if not wanted:
            return not any(present.values())
        return all(matches(value, present.get(key)) for key, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        entries = there or []
        return len(wanted) == len(entries) and all(map(matches, wanted, entries))
    return wanted == there or not (wanted or there)


def has_settings(wish: Wish, service: SwarmService) -> bool:
    """Whether a service has its settings. Image, files and a scale of 0 are compared elsewhere."""
    wanted = service_body(wish)
    if not service.replicas:
        wanted.pop("Mode")
    for key in ("Image", *FILE_KEYS.values()):
        wanted["TaskTemplate"]["ContainerSpec"].pop(key)
    return matches(wanted, service.body)


def runs(wanted: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Whether a task was made from a service's specification.

    Args:
        wanted: of the service.
        task: of the task.
    """
    return matches(wanted["TaskTemplate"], task)


def _labels(spec: ContainerSpec) -> dict[str, str]:
    own = {LABEL_FLEET: spec.fleet, LABEL_SERVICE: spec.service}
    return {**{key: str(value) for key, value in spec.settings["labels"].items()}, **own}


def _task(wish: Wish, files: Iterable[FileReference]) -> dict[str, Any]:
    settings = wish.spec.settings
    log = log_config(settings["log"])
    return {
        "ContainerSpec": _container(wish, files),
        "Resources": {
            "Limits": {"MemoryBytes": settings["memory"], "Pids": settings["pids_limit"]},
            "Reservations": {"MemoryBytes": wish.reserve_bytes},
        },
        "RestartPolicy": {"Condition": CONDITIONS[settings["restart_policy"]], "Delay": RESTART_DELAY},
        "Placement": {"Constraints": list(wish.constraints)},
        "Networks": [{"Target": wish.network}] if wish.network else [],
        "LogDriver": {"Name": log["Type"], "Options": log["Config"]},
    }


def _container(wish: Wish, files: Iterable[FileReference]) -> dict[str, Any]:
    spec, settings = wish.spec, wish.spec.settings
    body = {
        "Image": wish.image,
        "Labels": _labels(spec),
        "Command": list(settings.get("entrypoint") or ()),
        "Args": list(spec.command),
        "Env": sorted(f"{key}={value}" for key, value in settings["environment"].items()),
        "User": settings["user"],
        "ReadOnly": settings["read_only"],
        "Init": settings["init"],
        "StopGracePeriod": settings["stop_timeout"] * NANOSECONDS,
        "CapabilityAdd": list(settings["cap_add"]),
        "CapabilityDrop": list(settings["cap_drop"]),
        "Mounts": _mounts(settings),
        "Ulimits": [
            {"Name": key, "Soft": int(value), "Hard": int(value)} for key, value in sorted(settings["ulimits"].items())
        ],
        # Empty: that of the image.
        "Healthcheck": healthcheck(settings["healthcheck"]) if settings.get("healthcheck") else {},
        **_files(files),
    }
    if "no-new-privileges" in settings["security_opt"]:
        body["Privileges"] = {"NoNewPrivileges": True}
    return body


def _mounts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    binds = [bind(mount["source"], mount["target"], mount.get("read_only", True)) for mount in settings["mounts"]]
    return binds + [tmpfs_mount(path, options) for path, options in sorted(settings["tmpfs"].items())]


def _files(files: Iterable[FileReference]) -> dict[str, list[dict[str, Any]]]:
    ordered: Sequence[FileReference] = sorted(files, key=lambda each: each.target)
    return {key: [_reference(each) for each in ordered if each.kind == kind] for kind, key in FILE_KEYS.items()}


def _reference(file: FileReference) -> dict[str, Any]:
    return {
        ID_KEYS[file.kind]: file.id,
        NAME_KEYS[file.kind]: file.name,
        "File": {"Name": file.target, "UID": str(file.user), "GID": str(file.group), "Mode": file.mode},
    }


def references(body: Mapping[str, Any]) -> tuple[FileReference, ...]:
    """The files in a specification that Swarm has."""
    container = body["TaskTemplate"].get("ContainerSpec") or {}
    return tuple(
        FileReference(
            target=str((entry.get("File") or {}).get("Name") or ""),
            kind=kind,
            id=entry[ID_KEYS[kind]],
            name=entry[NAME_KEYS[kind]],
            user=_number((entry.get("File") or {}).get("UID")),
            group=_number((entry.get("File") or {}).get("GID")),
            mode=int((entry.get("File") or {}).get("Mode") or 0),
        )
        for kind, key in FILE_KEYS.items()
        for entry in container.get(key) or ()
    )


def _number(text: str | None) -> int:
    """A numeric id; -1 for a name, which this collection never writes."""
    return int(text) if text and text.isdigit() else -1
