# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes next when a nova-compute is taken away for good, given what is known of it.  Pure.

The steps, in their order, each of which may be repeated:
disable (nova sends nothing new), wait (until it is empty), listen (whether it beats without a container of ours),
remove (its container), delete (its record), clean (what nova left in placement), done; and refuse, from any point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

# nova: db.main.api.migration_get_in_progress_by_host_and_node, which stands in the way of deleting a service.
# "finished" is not among them: that resize waits to be confirmed or reverted, on both hosts.
ENDED = frozenset(["confirmed", "reverted", "error", "failed", "completed", "cancelled", "done"])
EVACUATION = "evacuation"
# nova: compute.manager._destroy_evacuated_instances. It becomes "completed" when the source's nova-compute has started
# again and removed its copy of the instance from the hypervisor.
COPY_LEFT = "done"
INSTANCE = "instance"


@dataclass(frozen=True)
class Blocker:
    """One thing of a customer's that ties a service host.

    Attributes:
        kind: instance, migration, evacuation or allocation.
        id: uuid of the instance, or of what else placement blockers resources for.
        name: the instance's name, or "".
        why: the sentence's end, and its cure.
    """

    kind: str
    id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name or 'of a name that nova does not tell'} ({self.id}) {self.why}"


@dataclass(frozen=True)
class ServiceView:
    """What is known of one service host.

    Attributes:
        record: dict as the module nova_services_info returns services, or None.
        blockers: tuple of Blocker.
        providers: tuple of str, uuids of its resource providers in placement.
        noted: those of them that an earlier step noted as this service's before it deleted the record.
        contained: whether a container of ours is there, running or not.
        heard: whether its heartbeat moved on while it was listened to; None if nobody listened.
    """

    record: dict[str, Any] | None = None
    blockers: tuple[Blocker, ...] = ()
    providers: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    contained: bool = False
    heard: bool | None = None

    @property
    def gone(self) -> bool:
        return self.record is None and not self.contained

    @property
    def cleanable(self) -> bool:
        """nova goes on when placement does not delete a provider. What is noted and unused is nobody's any more."""
        return self.gone and not self.blockers and bool(self.providers) and set(self.providers) <= set(self.noted)

    @property
    def enabled(self) -> bool:
        return self.record is not None and self.record["status"] != "disabled"

    @property
    def may_live_elsewhere(self) -> bool:
        """nova calls a silent service down only after a minute, and one that was forced down for ever."""
        unsure = self.record is not None and (self.record["state"] == "up" or self.record["forced_down"])
        return unsure and not self.contained and self.heard is None


def blockers(
    host: str,
    instances: list[dict[str, str]],
    migrations: list[dict[str, str]],
    consumers: Mapping[str, str],
    leave_evacuated: bool = False,
) -> tuple[Blocker, ...]:
    """Everything that ties a service host.

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
    # nova takes these allocations away itself when it deletes the service (report.SchedulerReportClient).
    known |= {migration["server_id"] for migration in migrations if _copy_left(host, migration)}
    blocking += [Blocker("allocation", user, name, _ALLOCATED) for user, name in consumers.items() if user not in known]
    return tuple(blocking)


_EVACUATED = (
    "was evacuated and may still be on the hypervisor: start the service once, so that nova-compute removes it there, "
    "or, if the hypervisor is gone for good, set services_retire_leave_evacuated."
)
_ALLOCATED = (
    "has resources of it in placement, so it may be about to start there: wait a moment; "
    "what nobody needs is found by 'nova-manage placement audit'."
)
_PROVIDER_LEFT = (
    "is left in placement, though its service is not in nova any more. See what it blockers by 'openstack resource "
    "provider show --allocations', then delete it by 'openstack resource provider delete"
)


def _cure(migration: Mapping[str, str]) -> str:
    return "confirm or revert it" if migration["status"] == "finished" else "let it end, or abort it"


def _copy_left(host: str, migration: Mapping[str, str]) -> bool:
    return (migration["type"], migration["status"], migration["source"]) == (EVACUATION, COPY_LEFT, host)


def next_step(view: ServiceView, drain: bool = False) -> str:
    """What is to be done next with one service host.

    Args:
        view: ServiceView.
        drain: whether there is time left to wait until it is empty.

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
        sentences.append("has no container of ours: deploy it again, so that nova reaches what is on it.")
    if view.heard and not view.contained:
        sentences.append(
            "a nova-compute that is not ours runs under this service host: its heartbeat moves on without a container "
            "of ours. Stop it, or take the name out of services_retire."
        )
    return sentences


def expected(view: ServiceView) -> list[str]:
    """The steps that a run would take which nothing stands in the way of.

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


# Step to what it makes of a view.
AFTER: dict[str, Callable[[ServiceView], ServiceView]] = {
    "disable": lambda view: replace(view, record=dict(view.record or {}, status="disabled")),
    "remove": lambda view: replace(view, contained=False),
    "delete": lambda view: replace(view, record=None, providers=()),
    "clean": lambda view: replace(view, providers=()),
}
