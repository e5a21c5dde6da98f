# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way in which inventory, Docker and nova may disagree about a service, and the fix for each.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    IMAGE_CHANGED,
    LOST,
    LOST_REASON,
    SETTINGS_CHANGED,
    STATE_REASON,
    STOPPED,
    WAITING,
)

# nova shows it in the reason of what we have disabled.
MARK = "novafleet.compute"

# How bad it is: the service is down or instances are in danger; it differs from the inventory; an operator wants it so.
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class DisagreementKind:
    """One kind of disagreement.

    Attributes:
        level: ERROR, WARNING or NOTE.
        cure: what to do about it; {service} and {container} stand for names.
        unwell: whether the container's log may have the cause.
    """

    level: str
    cure: str
    unwell: bool = False


DEPLOY = "Run the playbook deploy."
MEND = "Fix what its log names (docker logs {container}), then run the playbook deploy."
RETIRE = "Put its target back into the inventory and deploy, or remove it with the playbook retire."
ENABLE = "openstack compute service set --enable {service} nova-compute."
TWINS = "Two nova-computes under one service host corrupt each other."

KINDS = {
    "missing": DisagreementKind(ERROR, DEPLOY),
    "stopped": DisagreementKind(ERROR, DEPLOY + " It starts it again.", True),
    "restarting": DisagreementKind(ERROR, MEND, True),
    "lost": DisagreementKind(ERROR, DEPLOY + " It ends the process and puts another container in its place.", True),
    "unhealthy": DisagreementKind(ERROR, MEND, True),
    "unknown to nova": DisagreementKind(ERROR, MEND, True),
    "down": DisagreementKind(ERROR, MEND + " Compare the clocks of the Docker host and nova.", True),
    "starting": DisagreementKind(WARNING, "Look again in a minute. If it stays so: " + MEND, True),
    "forced down": DisagreementKind(
        ERROR,
        "Once its hypervisor is back, or its instances were evacuated: "
        "openstack compute service set --up {service} nova-compute.",
    ),
    "not ours": DisagreementKind(
        ERROR,
        "Run status again if its container went within the last minute. Otherwise find out who runs it. A deployment "
        "starts a container that waits until that nova-compute is stopped.",
    ),
    "two containers": DisagreementKind(ERROR, "Stop all but one by hand, at once. " + TWINS),
    "spare container": DisagreementKind(WARNING, DEPLOY + " It removes what is too many."),
    "no standby": DisagreementKind(WARNING, DEPLOY + " It starts one."),
    "waits": DisagreementKind(
        WARNING,
        "Stop the nova-compute that runs under this service host elsewhere. The container takes over within seconds.",
    ),
    "waits behind no holder": DisagreementKind(
        ERROR,
        "Find out what holds the lease: rabbitmqctl list_connections client_properties. The container's log says what "
        "it waits for (docker logs {container}).",
        True,
    ),
    "no compute node": DisagreementKind(
        ERROR,
        "Map its host to a cell (nova-manage cell_v2 discover_hosts --by-service), or fix what its log names "
        "(docker logs {container}).",
        True,
    ),
    "no provider": DisagreementKind(ERROR, MEND, True),
    "no inventory": DisagreementKind(ERROR, MEND, True),
    "provider without compute node": DisagreementKind(
        WARNING,
        "If nothing uses it (openstack resource provider show --allocations {provider}): "
        "openstack resource provider delete {provider}.",
    ),
    "not in inventory": DisagreementKind(WARNING, RETIRE),
    "left in nova": DisagreementKind(WARNING, RETIRE),
    "other image": DisagreementKind(WARNING, DEPLOY + " It replaces the container."),
    "other settings": DisagreementKind(WARNING, DEPLOY + " It replaces the container."),
    "other files": DisagreementKind(
        WARNING, DEPLOY + " With --check --diff it shows how they differ, without it writes them."
    ),
    "other name": DisagreementKind(NOTE, DEPLOY + " It renames it."),
    "other Docker host": DisagreementKind(WARNING, "Correct services_docker_host, or remove the service there first."),
    "retirement unfinished": DisagreementKind(
        WARNING, "Run the playbook retire again, which finishes it; or: " + ENABLE
    ),
    "disabled": DisagreementKind(NOTE, "To let it take instances again: " + ENABLE),
}


@dataclass(frozen=True)
class ComparedService:
    """What the three sides say of one service on one Docker host.

    Attributes:
        service: service host.
        target: dict from the inventory, or None.
        host: Docker host, or "" where no container is.
        container: dict as the module containers_info returns it, or None.
        others: list of (Docker host, container), further containers of the service.
        first: whether this is the service's first container: the active one, if any.
        wanted: containers that the service shall have.
        record: nova's service, or None.
        nodes: its hypervisors.
        providers: resource providers without compute node that may be its own.
        step: what a deployment would do, as the module containers returns it in check mode, or None.
        derived: uuid that its compute node has if it was made by us.
        complete: whether all Docker hosts answered.
        nova_asked: whether nova answered.
        provided: dict, uuid of every resource provider -> whether it has an inventory, or None where that was not asked
            of it; None where placement was not asked.
    """

    service: str
    target: Mapping[str, Any] | None = None
    host: str = ""
    container: Any = None
    others: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    first: bool = True
    wanted: int = 1
    record: Any = None
    nodes: tuple[Mapping[str, Any], ...] = ()
    providers: tuple[Mapping[str, Any], ...] = ()
    step: Mapping[str, Any] | None = None
    derived: str = ""
    complete: bool = True
    nova_asked: bool = True
    provided: Mapping[str, bool | None] | None = None

    @property
    def live(self) -> bool:
        return self.container is not None and self.container["state"] not in STOPPED

    @property
    def waiting(self) -> bool:
        """Whether the container waits for the lease of its service."""
        return self.container is not None and self.container.get("part") in WAITING

    @property
    def has_active(self) -> bool:
        """Whether one of the service's containers is nova-compute, or may be, because it is not known to wait."""
        every = [self.container, *(container for _host, container in self.others)] if self.container else []
        return any(each["state"] not in STOPPED and each.get("part") not in WAITING for each in every)

    @property
    def ours(self) -> bool:
        """Whether nova's record is of a service that we made, for certain."""
        marked = MARK in ((self.record or {}).get("disabled_reason") or "")
        return marked or self.derived in [node["id"] for node in self.nodes]


def disagreements(view: ComparedService) -> list[dict[str, Any]]:
    """Everything that is not as it should be.

    Args:
        view: of the service.

    Returns:
        list of dict with the keys kind, level, text and C(cure), the fix.
    """
    found = [*_of_containers(view), *_of_plan(view)]
    if view.nova_asked:
        found += [*_of_nova(view), *_of_placement(view)]
    return [_entry(view, *one) for one in found]


def is_unwell(found: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a container's log may have the cause of one of its disagreements."""
    return any(KINDS[one["kind"]].unwell for one in found)


def _entry(view: ComparedService, kind: str, text: str, provider: str = "") -> dict[str, Any]:
    names = dict(
        service=view.service, container=(view.container or {}).get("container", view.service), provider=provider
    )
    return dict(kind=kind, level=KINDS[kind].level, text=text, cure=KINDS[kind].cure.format(**names))


def _of_containers(view: ComparedService) -> Iterator[tuple[str, ...]]:
    container = view.container
    if container is None:
        if view.target and view.complete:
            yield "missing", "is in the inventory, but has no container"
        return
    if view.target is None:
        yield "not in inventory", "has a container, but no target in the inventory"
    yield from _of_state(container)
    yield from _of_others(view)
    pin = (view.target or {}).get("docker_host")
    if pin and pin != view.host:
        yield "other Docker host", f"runs on {view.host}, but is pinned to {pin}"


def _of_state(container: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    state, status = container["state"], container["status"]
    if state == LOST:
        yield "lost", "its process runs, but the engine calls its container stopped"
    elif state == "restarting":
        yield "restarting", f"its container ends and is started again ({status})"
    elif state != "running":
        yield "stopped", f"its container is {state} ({status})"
    elif container["health"] == "unhealthy":
        yield "unhealthy", f"its container is unhealthy ({status})"


def _of_others(view: ComparedService) -> Iterator[tuple[str, ...]]:
    if view.first and view.target and view.complete and 1 + len(view.others) < view.wanted:
        yield "no standby", "has no standby on another Docker host"
    if not view.others:
        return
    where = ", ".join(f"{one['container']} on {host} ({one.get('part') or one['state']})" for host, one in view.others)
    active = [one for _host, one in view.others if one["state"] not in STOPPED and one.get("part") not in WAITING]
    if view.live and not view.waiting and active:
        yield "two containers", f"has another container: {where}"
    elif not view.first and 1 + len(view.others) > view.wanted:
        yield "spare container", f"has another container: {where}"


def _of_plan(view: ComparedService) -> Iterator[tuple[str, ...]]:
    step = view.step or {}
    if step.get("action") == "rename":
        yield "other name", f"its container {', '.join(step['reasons'])}"
    if step.get("action") not in ("recreate", "restart", "start"):
        return
    files = []
    for reason in step["reasons"]:
        if reason == IMAGE_CHANGED:
            yield "other image", f"was made from another image than the inventory asks for ({view.container['image']})"
        elif reason == SETTINGS_CHANGED:
            yield "other settings", "its container's settings are not those that the inventory asks for"
        elif reason.startswith(STATE_REASON) or reason == LOST_REASON:
            continue
        else:
            files.append(reason)
    if files:
        yield "other files", f"its files are not those that the inventory asks for: {', '.join(files)}"


def _of_nova(view: ComparedService) -> Iterator[tuple[str, ...]]:
    record = view.record
    if view.waiting:
        yield from _of_waiting(view)
    elif record is None:
        if view.container and view.container["state"] == "running":
            yield "unknown to nova", "runs, but nova has no record of it"
    elif view.container is None and view.complete:
        yield from _without_container(view)
    elif view.container and view.container["state"] == "running":
        yield from _of_heartbeat(view)
    if record and view.first and record["status"] == "disabled":
        reason = record["disabled_reason"] or "no reason is given"
        ours = MARK in reason
        yield "retirement unfinished" if ours else "disabled", f"is disabled in nova: {reason}"


def _of_waiting(view: ComparedService) -> Iterator[tuple[str, ...]]:
    if view.has_active or not view.first:
        return
    if view.record and view.record["state"] == "up":
        yield (
            "waits",
            "waits for its lease, because a nova-compute of another origin runs under its service host",
        )
    elif view.complete:
        yield "waits behind no holder", "waits for its lease, and nova gets no heartbeat under its service host"


def _without_container(view: ComparedService) -> Iterator[tuple[str, ...]]:
    if view.record["state"] == "up":
        yield (
            "not ours",
            f"is up in nova, but no managed container runs it (last heartbeat {view.record['updated_at']} UTC)",
        )
    elif view.target is None:
        yield "left in nova", "is in nova, but has neither container nor target in the inventory"


def _of_heartbeat(view: ComparedService) -> Iterator[tuple[str, ...]]:
    record, started = view.record, view.container["started_at"]
    if record["forced_down"]:
        yield "forced down", "an operator set it to forced down in nova"
    elif record["state"] != "up":
        yield "down", f"runs, but is down in nova (last heartbeat {record['updated_at'] or 'never'} UTC)"
    # Both are UTC in the same notation, one of them without a zone.
    elif started and record["updated_at"] and record["updated_at"][:19] < started[:19]:
        yield "starting", f"has sent no heartbeat to nova since it was started ({started})"


def _of_placement(view: ComparedService) -> Iterator[tuple[str, ...]]:
    for provider in view.providers:
        yield (
            "provider without compute node",
            f"resource provider {provider['name']} ({provider['id']}) has no compute node",
            provider["id"],
        )
    if not (view.live and view.record and view.record["state"] == "up"):
        return
    if not view.nodes:
        yield "no compute node", "is up, but nova lists no hypervisor of it"
    elif view.provided is not None:
        for node in view.nodes:
            if node["id"] not in view.provided:
                yield "no provider", f"its compute node {node['name']} has no resource provider in placement"
            elif view.provided[node["id"]] is False:
                yield "no inventory", f"the resource provider of its compute node {node['name']} has no inventory"
