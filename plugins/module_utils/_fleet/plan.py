# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""plan(desired, actual) -> ordered steps. Pure: the same plan is shown in check mode and carried out.

A step is one service's. Its action is one of
create, start, recreate, restart, rename, remove, leave, unwanted (no longer wanted, and left
alone because pruning was not asked for).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    IMAGE_CHANGED,
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_SPEC,
    LOST,
    LOST_REASON,
    SETTINGS_CHANGED,
    STATE_REASON,
    STOPPED,
    WAITING,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import File, Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import Directory

# These interrupt a service that may be running, so they go in waves; not so where its container waits for the lease.
DISRUPTIVE = frozenset(["recreate", "restart", "remove"])
UNCHANGED = frozenset(["leave", "unwanted"])


@dataclass(frozen=True)
class Actual:
    """What is on the Docker host now.

    Attributes:
        containers: all of the engine's, ours or not.
        image_ids: image reference -> id, or None for an image that is not there.
        files: service -> its directory.
        digests: service -> the label LABEL_SPEC that its container should have.
        runtimes: OCI runtimes that the engine knows; None where they do not matter, or are not known.
    """

    containers: Sequence[Container]
    image_ids: Mapping[str, str | None]
    files: Mapping[str, Directory] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    runtimes: set[str] | None = None


@dataclass(frozen=True)
class Step:
    """One service's way from actual to desired.

    Attributes:
        action: see the module's docstring.
        service: name.
        reasons: why; empty for leave.
        desired: None where nothing is wanted.
        container: as it is now, or None.
        leftovers: containers that must never run beside the service: made for an earlier run that was interrupted, or
            copies made by hand.
        write: files whose content on disk differs.
        delete: names of files that are no longer wanted.
        part: what the container does for its service, as cgroups.Groups.part() returns it; None if it was not read.
    """

    action: str
    service: str
    reasons: tuple[str, ...] = ()
    desired: Service | None = None
    container: Container | None = None
    leftovers: tuple[Container, ...] = ()
    write: tuple[File, ...] = ()
    delete: tuple[str, ...] = ()
    part: str | None = None

    @property
    def changed(self) -> bool:
        return self.action not in UNCHANGED or bool(self.leftovers)

    @property
    def disruptive(self) -> bool:
        """Whether it may interrupt its service."""
        return self.action in DISRUPTIVE and self.part not in WAITING


@dataclass(frozen=True)
class Plan:
    """What is wanted, what is there, and the steps between.

    Attributes:
        fleet: containers labelled otherwise are never part of a step.
        config_dir: directory of the services' files.
        actual: what is there.
        wanted: service -> Service; empty where services are only removed.
        ours: service -> its containers, in the order of their names.
        owned: services of which the fleet has containers or files.
        prune: whether services are removed because they are not wanted.
        steps: in the order of services' names.
    """

    fleet: str
    config_dir: str
    actual: Actual
    wanted: Mapping[str, Service]
    ours: Mapping[str, Sequence[Container]]
    owned: frozenset[str]
    prune: bool
    steps: tuple[Step, ...]


def plan(
    desired: Iterable[Service],
    actual: Actual,
    fleet: str,
    state: str = "present",
    prune: bool = False,
    config_dir: str = "/etc/novafleet",
) -> Plan:
    """Decide what brings the fleet on this Docker host to the desired state.

    Args:
        desired: the services.
        actual: what is there.
        fleet: its name.
        state: present, or absent: remove the services listed, or the whole fleet where none is.
        prune: remove services of the fleet that are not desired.
        config_dir: directory of the services' files.
    """
    ours = _by_service(actual.containers, fleet)
    our_files = {name: directory for name, directory in actual.files.items() if directory.fleet == fleet}
    owned = frozenset(ours) | frozenset(our_files)
    listed = {service.name: service for service in desired}
    if state == "absent":
        gone = owned & set(listed) if listed else owned
        steps = [_removal(name, ours, "state is absent") for name in gone]
        listed, prune = {}, False
    else:
        steps = [_keep(service, ours.get(name, ()), our_files.get(name), actual) for name, service in listed.items()]
        steps += [_unwanted(name, ours, prune and bool(listed)) for name in owned - set(listed)]
    ordered = tuple(sorted(steps, key=lambda step: step.service))
    return Plan(fleet, config_dir, actual, listed, ours, owned, prune, ordered)


def _by_service(containers: Iterable[Container], fleet: str) -> dict[str, list[Container]]:
    ours: dict[str, list[Container]] = {}
    for container in sorted(containers, key=lambda each: (each.name, each.id)):
        if container.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in container.labels:
            ours.setdefault(container.labels[LABEL_SERVICE], []).append(container)
    return ours


def _split(containers: Iterable[Container], name: str) -> tuple[list[Container], list[Container]]:
    """Tell the service's container from what an interrupted run left waiting.

    A waiting container was never started, so it holds nothing of worth, and one that an engine was about
    to start when it was killed may be refused permanently: another one is made.
    Of the others the first is the service's container: one that lives, whatever its name.
    """
    waiting = [each for each in containers if each.state == "created"]
    real = [each for each in containers if each.state != "created"]
    real.sort(key=lambda each: (each.state in STOPPED, each.state != "running", each.name != name, each.name))
    return real, waiting


def _keep(service: Service, containers: Iterable[Container], directory: Directory | None, actual: Actual) -> Step:
    """The step of a service that is wanted."""
    real, waiting = _split(containers, service.container)
    current = real[0] if real else None
    leftovers = tuple(waiting + [each for each in real[1:] if each.state in STOPPED])
    write, delete, file_reasons = _file_changes(service, directory)
    action, reasons = _action(service, current, file_reasons, actual)
    return Step(action, service.name, reasons, service, current, leftovers, write, delete)


def _action(
    service: Service, current: Container | None, file_reasons: tuple[str, ...], actual: Actual
) -> tuple[str, tuple[str, ...]]:
    """What is done about a service that is wanted, and why."""
    if current is None:
        return "create", ("no container",)
    drift = _drift(service, current, actual)
    if drift:
        return "recreate", drift + file_reasons
    if current.state not in ("running", "restarting"):
        return "start", (STATE_REASON + current.state, *file_reasons)
    if file_reasons:
        return "restart", file_reasons
    if current.name != service.container:
        return "rename", (f"is named {current.name}",)
    return "leave", ()


def _drift(service: Service, container: Container, actual: Actual) -> tuple[str, ...]:
    """Reasons to replace a container: restarting it would not do."""
    reasons = {
        SETTINGS_CHANGED: container.labels.get(LABEL_SPEC) != actual.digests[service.name],
        IMAGE_CHANGED: container.image_id != actual.image_ids.get(service.image),
        STATE_REASON + container.state: container.state in ("dead", "removing"),
        LOST_REASON: container.state == LOST,
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def _file_changes(
    service: Service, directory: Directory | None
) -> tuple[tuple[File, ...], tuple[str, ...], tuple[str, ...]]:
    """Files to write and to delete, and the reasons why the service must read them anew."""
    present = directory.files if directory else {}
    write = tuple(item for item in service.files if present.get(item.path) != (item.sha256, item.mode))
    delete = tuple(sorted(set(present) - {item.path for item in service.files}))
    reasons = [f"{item.path} changed" for item in write] + [f"{path} is no longer wanted" for path in delete]
    if directory and directory.restart_owed and not reasons:
        reasons = ["an earlier run wrote new files and was interrupted before the restart"]
    return write, delete, tuple(reasons)


def _removal(name: str, ours: Mapping[str, Sequence[Container]], reason: str) -> Step:
    containers = ours.get(name, ())
    real, waiting = _split(containers, containers[0].name if containers else "")
    current = real[0] if real else None
    return Step("remove", name, reasons=(reason,), container=current, leftovers=tuple(waiting + real[1:]))


def _unwanted(name: str, ours: Mapping[str, Sequence[Container]], prune: bool) -> Step:
    if prune:
        return _removal(name, ours, "no longer wanted")
    containers = ours.get(name, ())
    reason = "no longer wanted, and prune is off"
    return Step("unwanted", name, reasons=(reason,), container=containers[0] if containers else None)
