# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""plan(desired, actual) -> ordered steps. Pure: the same plan is shown in check mode and carried out.

Each step is for one service. Its action is one of create, start, recreate, restart, rename, remove, leave, and
unwanted: the service is no longer wanted, but stays because prune is false.
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

# These actions interrupt a service that may be running, so they go in waves. A container that waits for the lease
# is not interrupted.
DISRUPTIVE = frozenset(["recreate", "restart", "remove"])
UNCHANGED = frozenset(["leave", "unwanted"])


@dataclass(frozen=True)
class Actual:
    """The state of the Docker host now.

    Attributes:
        containers: all containers of the engine, including those that do not belong to a fleet.
        image_ids: image reference -> id, or None if the image does not exist.
        files: service -> its directory.
        digests: service -> the label LABEL_SPEC that its container should have.
        runtimes: OCI runtimes that the engine has; None if no service requests one, or the engine does not list them.
    """

    containers: Sequence[Container]
    image_ids: Mapping[str, str | None]
    files: Mapping[str, Directory] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    runtimes: set[str] | None = None


@dataclass(frozen=True)
class Step:
    """The change of one service from its actual to its desired state.

    Attributes:
        action: see the module's docstring.
        service: name.
        reasons: why the action is necessary; empty for leave.
        desired: None if the service is not wanted.
        container: the service's container now, or None.
        leftovers: containers that must never run at the same time as the service. They are from an earlier run that was
            interrupted, or copies made by hand.
        write: files whose content on disk differs.
        delete: names of files that are no longer wanted.
        part: the container's role in its service, as cgroups.Groups.part() returns it; None if it was not read.
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
        """Whether the step may interrupt its service."""
        return self.action in DISRUPTIVE and self.part not in WAITING


@dataclass(frozen=True)
class Plan:
    """The desired state, the actual state, and the steps between them.

    Attributes:
        fleet: containers of other fleets are never part of a step.
        config_dir: directory of the services' files.
        actual: state of the Docker host.
        wanted: service -> Service; empty if services are only removed.
        ours: service -> its containers, sorted by name.
        owned: services that have containers or files of the fleet.
        prune: whether to remove services that are not wanted.
        steps: sorted by service.
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
    """Decide which steps bring the fleet on this Docker host to the desired state.

    Args:
        desired: the services.
        actual: state of the Docker host.
        fleet: its name.
        state: present, or absent: remove the listed services, or the whole fleet if none is listed.
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
    """Separate the service's container from the containers that an interrupted run left waiting.

    A waiting container was never started, so removing it loses nothing. An engine that was killed while it started
    a container may refuse that container permanently, so it is replaced. Of the others, the first one is the service's
    container: a running one under any name comes first.
    """
    waiting = [each for each in containers if each.state == "created"]
    real = [each for each in containers if each.state != "created"]
    real.sort(key=lambda each: (each.state in STOPPED, each.state != "running", each.name != name, each.name))
    return real, waiting


def _keep(service: Service, containers: Iterable[Container], directory: Directory | None, actual: Actual) -> Step:
    """The step for a service that is wanted."""
    real, waiting = _split(containers, service.container)
    current = real[0] if real else None
    leftovers = tuple(waiting + [each for each in real[1:] if each.state in STOPPED])
    write, delete, file_reasons = _file_changes(service, directory)
    action, reasons = _action(service, current, file_reasons, actual)
    return Step(action, service.name, reasons, service, current, leftovers, write, delete)


def _action(
    service: Service, current: Container | None, file_reasons: tuple[str, ...], actual: Actual
) -> tuple[str, tuple[str, ...]]:
    """Action for a service that is wanted, and its reasons."""
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
    """Reasons to replace a container. A restart would not be sufficient."""
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
    """Files to write and to delete, and the reasons why the service must read its files again."""
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
