# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""plan(desired, actual) -> ordered steps.  Pure: the same plan is shown in check mode and carried out.

A step is one service's.  Its action is one of
create, start, recreate, restart, rename, remove, leave, unwanted (no longer wanted, and left
alone because pruning was not asked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    IMAGE_CHANGED,
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_SPEC,
    LOST,
    LOST_REASON,
    NEXT_SUFFIX,
    SETTINGS_CHANGED,
    STATE_REASON,
    STOPPED,
    WAITING,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import runtime_of

# These interrupt a service that may be running, so they go in waves; not so where its container waits for the lease.
DISRUPTIVE = frozenset(["recreate", "restart", "remove"])
UNCHANGED = frozenset(["leave", "unwanted"])


@dataclass(frozen=True)
class Actual:
    """What is on the Docker host now.

    Attributes:
        containers: list of Container, all of the engine's, ours or not.
        image_ids: dict, image reference -> id or None.
        files: dict, service name -> Directory (of the module _files).
        runtimes: set of str, OCI runtimes that the engine knows; None where nobody needs to know, or can.
    """

    containers: list
    image_ids: dict
    files: dict = field(default_factory=dict)
    runtimes: object = None


@dataclass(frozen=True)
class Step:
    """One service's way from actual to desired.

    Attributes:
        action: see the module's docstring.
        service: name.
        reasons: tuple of str, why; empty for leave.
        desired: Service, or None where nothing is wanted.
        container: Container as it is now, or None.
        leftovers: tuple of Container that must never run beside the service: made for an earlier run
            that was interrupted, or copies made by hand.
        write: tuple of File whose content on disk differs.
        delete: tuple of file names that are no longer wanted.
        part: what the container does for its service, as _cgroups.part() tells; None where nobody asked.
    """

    action: str
    service: str
    reasons: tuple = ()
    desired: object = None
    container: object = None
    leftovers: tuple = ()
    write: tuple = ()
    delete: tuple = ()
    part: str | None = None

    @property
    def changed(self):
        return self.action not in UNCHANGED or bool(self.leftovers)

    @property
    def disruptive(self) -> bool:
        """Whether it may interrupt its service."""
        return self.action in DISRUPTIVE and self.part not in WAITING


@dataclass(frozen=True)
class Plan:
    """Steps in the order of service names, and what forbids to take any of them."""

    steps: tuple
    problems: tuple = ()


def plan(desired, actual, fleet, state="present", prune=False, config_dir="/etc/novafleet"):
    """Decide what brings the fleet on this Docker host to the desired state.

    Args:
        desired: list of Service.
        actual: Actual.
        fleet: str; containers labelled otherwise are never part of a step.
        state: present, or absent: remove the services listed, or the whole fleet where none is.
        prune: remove services of the fleet that are not desired.
        config_dir: str, named in problems.

    Returns:
        Plan
    """
    ours = _by_service(actual.containers, fleet)
    our_files = {name: directory for name, directory in actual.files.items() if directory.fleet == fleet}
    owned = set(ours) | set(our_files)
    wanted = {service.name: service for service in desired}
    if state == "absent":
        gone = owned & set(wanted) if wanted else owned
        return Plan(tuple(_remove(name, ours, "state is absent") for name in sorted(gone)))
    steps = [_hold(service, ours.get(service.name, ()), our_files.get(service.name), actual) for service in desired]
    steps += [_unwanted(name, ours, prune and wanted) for name in owned - set(wanted)]
    found = list(_problems(wanted, ours, actual, fleet, config_dir))
    if prune and owned and not wanted:
        found.append(
            f"fleet {fleet}: prune with an empty list of services would remove all {len(owned)}. "
            "To remove them, set state: absent and all: true. Otherwise find out why the list is empty."
        )
    return Plan(tuple(sorted(steps, key=lambda step: step.service)), tuple(found))


def _by_service(containers, fleet):
    ours = {}
    for container in sorted(containers, key=lambda one: (one.name, one.id)):
        if container.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in container.labels:
            ours.setdefault(container.labels[LABEL_SERVICE], []).append(container)
    return ours


def _split(containers, name):
    """Tell the service's container from what an interrupted run left waiting.

    A waiting container was never started, so it holds nothing of worth, and one that an engine was about
    to start when it was killed may be refused for ever: another one is made.
    Of the others the first is the service's container: one that lives, whatever its name.
    """
    waiting = [one for one in containers if one.state == "created"]
    real = [one for one in containers if one not in waiting]
    real.sort(key=lambda one: (one.state in STOPPED, one.state != "running", one.name != name, one.name))
    return real, waiting


def _hold(service, containers, directory, actual):
    real, waiting = _split(containers, service.container)
    current = real[0] if real else None
    leftovers = waiting + [one for one in real[1:] if one.state in STOPPED]
    write, delete, file_reasons = _file_changes(service, directory)
    common = dict(
        service=service.name, desired=service, container=current, leftovers=tuple(leftovers), write=write, delete=delete
    )
    if current is None:
        return Step("create", reasons=("no container",), **common)
    drift = _drift(service, current, actual)
    if drift:
        return Step("recreate", reasons=tuple(drift + file_reasons), **common)
    if current.state in ("running", "restarting"):
        if file_reasons:
            return Step("restart", reasons=tuple(file_reasons), **common)
        if current.name != service.container:
            return Step("rename", reasons=(f"is named {current.name}",), **common)
        return Step("leave", **common)
    return Step("start", reasons=(STATE_REASON + current.state, *file_reasons), **common)


def _drift(service, container, actual):
    """Reasons to replace a container: restarting it would not do."""
    reasons = []
    if container.labels.get(LABEL_SPEC) != service.digest:
        reasons.append(SETTINGS_CHANGED)
    if container.image_id != actual.image_ids.get(service.image):
        reasons.append(IMAGE_CHANGED)
    if container.state in ("dead", "removing"):
        reasons.append(STATE_REASON + container.state)
    if container.state == LOST:
        reasons.append(LOST_REASON)
    return reasons


def _file_changes(service, directory):
    """Files to write and to delete, and the reasons why the service must read them anew."""
    have = directory.files if directory else {}
    write = tuple(item for item in service.files if have.get(item.path) != (item.sha256, item.mode))
    delete = tuple(sorted(set(have) - {item.path for item in service.files}))
    reasons = [f"{item.path} changed" for item in write] + [f"{path} is no longer wanted" for path in delete]
    if directory and directory.restart_owed and not reasons:
        reasons = ["an earlier run wrote new files and was interrupted before the restart"]
    return write, delete, reasons


def _remove(name, ours, reason):
    containers = ours.get(name, [])
    real, waiting = _split(containers, containers[0].name if containers else "")
    return Step(
        "remove",
        name,
        reasons=(reason,),
        container=real[0] if real else None,
        leftovers=tuple(waiting + real[1:]),
    )


def _unwanted(name, ours, prune):
    if prune:
        return _remove(name, ours, "no longer wanted")
    return Step("unwanted", name, reasons=("no longer wanted, and prune is off",), container=ours.get(name, [None])[0])


def _problems(wanted, ours, actual, fleet, config_dir):
    by_name = {container.name: container for container in actual.containers}
    yield from _image_problems(wanted, actual)
    yield from _runtime_problems(wanted, actual)
    for service in wanted.values():
        yield from _name_problems(service, by_name, fleet)
        yield from _directory_problems(service, actual.files.get(service.name), fleet, config_dir)
        running = [one.name for one in ours.get(service.name, ()) if one.state not in STOPPED]
        if len(running) > 1:
            yield (
                f"service {service.name}: {len(running)} running containers claim it ({', '.join(sorted(running))}); "
                "two nova-computes under one service host corrupt each other. Stop all but one by hand."
            )


def _name_problems(service, by_name, fleet):
    for name in (service.container, service.container + NEXT_SUFFIX):
        holder = by_name.get(name)
        if holder is None:
            continue
        if holder.labels.get(LABEL_FLEET) != fleet or holder.labels.get(LABEL_SERVICE) != service.name:
            yield (
                f"service {service.name}: the name {name} is taken by a container that is not this service's "
                f"({holder.id[:12]}, image {holder.image}). "
                "Rename or remove that container, or choose another container_prefix."
            )


def _image_problems(wanted, actual):
    missing = {}
    for service in wanted.values():
        if actual.image_ids.get(service.image) is None:
            missing.setdefault(service.image, []).append(service.name)
    for image, names in sorted(missing.items()):
        yield (
            f"image {image}, which {_whose(names)}, is not on this Docker host. "
            "Bring it there first (role novafleet.compute.image), or correct its name."
        )


def _runtime_problems(wanted, actual):
    unknown = {}
    for service in wanted.values():
        runtime = runtime_of(service)
        if runtime and actual.runtimes is not None and runtime not in actual.runtimes:
            unknown.setdefault(runtime, []).append(service.name)
    for runtime, names in sorted(unknown.items()):
        yield (
            f"runtime {runtime}, which {_whose(names)}, is not known to this Docker host's engine. Register it there "
            "first (that of the density profile: role novafleet.compute.docker_host with docker_host_density: true), "
            "or correct its name."
        )


def _whose(names):
    return f"{min(names)} and {len(names) - 1} others need" if len(names) > 1 else f"{names[0]} needs"


def _directory_problems(service, directory, fleet, config_dir):
    if directory is None or not service.files:
        return
    if directory.problem:
        yield f"service {service.name}: {directory.problem}. Repair it, or move {config_dir}/{service.name} away."
        return
    if directory.fleet != fleet:
        owner = f"belongs to fleet {directory.fleet}" if directory.fleet else "was not made by novafleet.compute"
        path = f"{config_dir}/{service.name}"
        yield f"service {service.name}: {path} {owner}. Move it away, or choose another config_dir."
        return
    for item in service.files:
        have = directory.files.get(item.path)
        if item.immutable and have and have[0] != item.sha256:
            yield (
                f"service {service.name}: {config_dir}/{service.name}/{item.path} holds another identity than the "
                "one asked for, and a service must never change its identity. "
                "Set the variable back, or retire the service first."
            )
