# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides the next step when a nova-compute is retired. Pure.

The steps in their order, each of which may be repeated:

- disable: nova schedules nothing new there.
- wait: until the service is empty.
- listen: if it has no container, whether heartbeats arrive nevertheless.
- remove: its container.
- delete: its record in nova.
- clean: what nova left in placement.
- done.

refuse may take the place of any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

# States that are not in progress for nova, which refuses to delete a service with migrations in progress (nova:
# db.main.api.migration_get_in_progress_by_host_and_node). "finished" is not one of them: such a resize waits to be
# confirmed or reverted, on both hosts.
ENDED = frozenset(["confirmed", "reverted", "error", "failed", "completed", "cancelled", "done"])
EVACUATION = "evacuation"
# An evacuation becomes "completed" when the source's nova-compute has started again and removed its copy of the
# instance from the hypervisor (nova: compute.manager._destroy_evacuated_instances).
COPY_LEFT = "done"
INSTANCE = "instance"


@dataclass(frozen=True)
class Blocker:
    """An instance, migration or allocation that forbids retiring a service host.

    Attributes:
        kind: instance, migration, evacuation or allocation.
        id: uuid of the instance, or of another consumer of resources in placement.
        name: the instance's name, or "".
        why: end of the sentence, and the fix.
    """

    kind: str
    id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name or 'of unknown name'} ({self.id}) {self.why}"


@dataclass(frozen=True)
class ServiceView:
    """State of one service host in nova, placement and Docker.

    Attributes:
        record: dict as the module nova_services_info returns services, or None.
        blockers: tuple of Blocker.
        providers: tuple of str, uuids of its resource providers in placement.
        noted: those of them that an earlier step recorded as this service's before it deleted the nova record.
        contained: whether a container of this collection exists for it, running or not.
        heard: whether heartbeats arrived while the module watched for them; None if it did not watch.
        keeps_stopped: whether its driver leaves the machine of a stopped instance where it is when nova moves it.
    """

    record: dict[str, Any] | None = None
    blockers: tuple[Blocker, ...] = ()
    providers: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    contained: bool = False
    heard: bool | None = None
    keeps_stopped: bool = False

    @property
    def gone(self) -> bool:
        return self.record is None and not self.contained

    @property
    def cleanable(self) -> bool:
        """nova ignores that placement did not delete a provider.

        Recorded providers without consumers belong to no service.
        """
        return self.gone and not self.blockers and bool(self.providers) and set(self.providers) <= set(self.noted)

    @property
    def enabled(self) -> bool:
        return self.record is not None and self.record["status"] != "disabled"

    @property
    def may_live_elsewhere(self) -> bool:
        """nova shows a silent service as down only after a minute, and one that was forced down permanently."""
        unsure = self.record is not None and (self.record["state"] == "up" or self.record["forced_down"])
        return unsure and not self.contained and self.heard is None


def blockers(
    host: str,
    instances: list[dict[str, str]],
    migrations: list[dict[str, str]],
    consumers: Mapping[str, str],
    leave_evacuated: bool = False,
) -> tuple[Blocker, ...]:
    """Everything that forbids retiring a service host.

    Args:
        host: service host.
        instances: list of dict with id and name.
        migrations: list of dict with id, server_id, name, type, status and source.
        consumers: dict, uuid of a consumer of its resource providers -> name of the instance, or "".
        leave_evacuated: whether copies of evacuated instances may stay on the hypervisor.

    Returns:
        tuple of Blocker
    """
    blocking = [Blocker(INSTANCE, vm["id"], vm["name"], "is on it: move or delete it.") for vm in instances]
    for migration in migrations:
        server, name = migration["server_id"], migration["name"]
        if migration["status"] not in ENDED:
            why = f"has a {migration['type']} that is {migration['status']}: {_cure(migration)}."
            blocking.append(Blocker("migration", server, name, why))
        elif _copy_left(host, migration) and not leave_evacuated:
            blocking.append(Blocker(EVACUATION, server, name, _EVACUATED))
    known = {blocker.id for blocker in blocking}
    known |= {migration["id"] for migration in migrations if migration["status"] not in ENDED}
    # nova deletes these allocations itself with the service (report.SchedulerReportClient).
    known |= {migration["server_id"] for migration in migrations if _copy_left(host, migration)}
    blocking += [Blocker("allocation", user, name, _ALLOCATED) for user, name in consumers.items() if user not in known]
    return tuple(blocking)


_EVACUATED = (
    "was evacuated and may still be on the hypervisor: start the service once, so that nova-compute removes it there, "
    "or, if the hypervisor is gone permanently, set services_retire_leave_evacuated."
)
_ALLOCATED = (
    "has resources of it in placement, so it may be about to start there: wait a moment. 'nova-manage placement "
    "audit' finds allocations that have no instance."
)
_PROVIDER_LEFT = (
    "is left in placement, although its service is not in nova any more. Show its consumers with 'openstack resource "
    "provider show --allocations', then delete it with 'openstack resource provider delete"
)


def _cure(migration: Mapping[str, str]) -> str:
    return "confirm or revert it" if migration["status"] == "finished" else "let it end, or abort it"


def _copy_left(host: str, migration: Mapping[str, str]) -> bool:
    return (migration["type"], migration["status"], migration["source"]) == (EVACUATION, COPY_LEFT, host)


def next_step(view: ServiceView, drain: bool = False) -> str:
    """Decide the next step of one service host.

    Args:
        view: ServiceView.
        drain: whether the module may still wait until the host is empty.

    Returns:
        str, one of the steps in the module's docstring.
    """
    if view.gone:
        return "clean" if view.cleanable else "refuse" if problems(view) else "done"
    if view.heard and not view.contained:
        return "refuse"
    if view.blockers:
        return "refuse" if not drain else "disable" if view.enabled else "wait"
    if view.may_live_elsewhere:
        return "listen"
    if view.enabled:
        return "disable"
    return "remove" if view.contained else "delete"


def problems(view: ServiceView) -> list[str]:
    """Why a service host cannot be retired.

    Args:
        view: ServiceView.

    Returns:
        list of str
    """
    if view.gone:
        instances = [str(blocker) for blocker in view.blockers if blocker.kind == INSTANCE]
        return instances + [f"resource provider {left} {_PROVIDER_LEFT} {left}'." for left in view.providers]
    sentences = [str(blocker) for blocker in view.blockers]
    if view.blockers and not view.contained:
        sentences.append("has no container: deploy it again, so that nova reaches the instances on it.")
    if view.heard and not view.contained:
        sentences.append(
            "another nova-compute runs under this service host: heartbeats arrive although this collection has no "
            "container for it. Stop it, or remove the name from services_retire."
        )
    return sentences


def expected(view: ServiceView) -> list[str]:
    """The steps of a run without problems.

    Args:
        view: ServiceView.

    Returns:
        list of str, without those that change nothing.
    """
    steps = []
    view = replace(view, heard=False)
    while (step := next_step(view)) in AFTER:
        steps.append(step)
        view = AFTER[step](view)
    return steps


# Step -> the view after it.
AFTER: dict[str, Callable[[ServiceView], ServiceView]] = {
    "disable": lambda view: replace(view, record=dict(view.record or {}, status="disabled")),
    "remove": lambda view: replace(view, contained=False),
    "delete": lambda view: replace(view, record=None, providers=()),
    "clean": lambda view: replace(view, providers=()),
}
