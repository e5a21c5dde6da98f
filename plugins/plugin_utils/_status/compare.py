# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares inventory, Docker and nova, a row a service.  Pure."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.assign import rank
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.answers import host_problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import is_node_name
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.disagreements import (
    ERROR,
    NOTE,
    WARNING,
    ComparedService,
    disagreements,
    is_unwell,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.queries import queries
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import identity


def status(
    targets: Iterable[Mapping[str, Any]],
    answers: Mapping[str, Mapping[str, Any]],
    nova: Mapping[str, Any] | None = None,
    plans: Mapping[str, Mapping[str, Any]] | None = None,
    logs: Mapping[str, Mapping[str, Any]] | None = None,
    namespace: str = "",
    problems: Iterable[str] = (),
    standby: int = 0,
    limited: bool = False,
) -> dict[str, Any]:
    """Compare the three sides.

    A service is looked at if the inventory asks for it, or it has a managed container. It is also looked at if nova's
    record is certainly of this collection: its compute node has the derived uuid, or this collection has disabled it.

    Args:
        targets: list of dict with service, target, driver and docker_host, from the inventory.
        answers: dict, Docker host -> result of the module containers_info.
        nova: result of the module nova_services_info; empty where nova is not asked.
        plans: dict, Docker host -> result of the module containers in check mode, if any.
        logs: dict, Docker host -> result of the module containers_info with the logs of those that are not well.
        namespace: what compute nodes' uuids are derived from.
        problems: list of str, what is wrong beyond single services.
        standby: int, containers that each service shall have in addition to the active one.
        limited: whether only the targets' own services are looked at.

    Returns:
        dict: summary, problems (list of str), queries (list of dict with query, docker_host and answered) and services
        (list of dict, in the order of their service hosts).
    """
    nova, plans = nova or {}, plans or {}
    told = [*problems, *unusable(nova, "nova_services_info", "nova")]
    told += [f"placement: {nova['providers_problem']}"] if nova.get("providers_problem") else []
    told += host_problems({host: [answer, {}, plans.get(host) or {}] for host, answer in answers.items()})
    causes = _causes(logs or {})
    views = _views(targets, answers, nova, plans, namespace, int(standby), limited)
    rows = [_row(view, causes.get((view.host, view.service)), "services" in nova) for view in views]
    return dict(summary=_summary(rows, told), problems=told, queries=queries(answers, nova, plans), services=rows)


def _views(
    targets: Iterable[Mapping[str, Any]],
    answers: Mapping[str, Mapping[str, Any]],
    nova: Mapping[str, Any],
    plans: Mapping[str, Mapping[str, Any]],
    namespace: str,
    standby: int,
    limited: bool,
) -> list[ComparedService]:
    wanted = {target["service"]: target for target in targets}
    placed = _placed(answers)
    records = {record["host"]: record for record in nova.get("services") or ()}
    nodes = _by(nova.get("hypervisors") or (), "host")
    steps = {(host, step["name"]): step for host, plan in plans.items() for step in (plan or {}).get("services") or ()}
    common: dict[str, Any] = dict(
        complete=all("services" in answer for answer in answers.values()),
        nova_asked="services" in nova,
        provided=None if nova.get("providers") is None else {one["id"]: one["inventory"] for one in nova["providers"]},
    )
    strays = _strays(nova, namespace, set(wanted) | set(placed) | set(records))
    views = []
    for service in sorted(wanted if limited else {*wanted, *placed, *records, *strays}):
        own: dict[str, Any] = dict(
            service=service,
            target=wanted.get(service),
            record=records.get(service),
            nodes=tuple(nodes.get(service, ())),
            derived=identity(namespace, service),
            wanted=_wanted(wanted.get(service), standby),
        )
        places = placed.get(service) or [("", None)]
        for index, (host, container) in enumerate(places):
            view = ComparedService(
                host=host,
                container=container,
                others=tuple(places[:index] + places[index + 1 :]),
                first=index == 0,
                step=steps.get((host, service)),
                providers=tuple(strays.get(service, ()) if index == 0 else ()),
                **own,
                **common,
            )
            if view.target or view.container or view.providers or view.ours:
                views.append(view)
    return views


def _wanted(target: Mapping[str, Any] | None, standby: int) -> int:
    """Containers that a service shall have: one that is bound to a Docker host has no standby."""
    return 1 if target is None or target.get("docker_host") or target.get("local") else 1 + standby


def _placed(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, list[tuple[str, Any]]]:
    """Service -> list of (Docker host, container), the active one first."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for host, answer in sorted(answers.items()):
        for container in answer.get("services") or ():
            found.setdefault(container["name"], []).append((host, container))
    return {service: sorted(places, key=lambda place: rank(place[1])) for service, places in found.items()}


def _by(entries: Iterable[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry[key], []).append(entry)
    return found


def _strays(nova: Mapping[str, Any], namespace: str, services: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Resource providers without a compute node that may be of this collection, by service host or by their own name.

    Others, such as those of network agents, have no compute node either. Those of this collection have the name or the
    uuid of a known service host, or are named as a vCenter's cluster is.
    """
    known = {node["id"] for node in nova.get("hypervisors") or ()}
    derived = {identity(namespace, service): service for service in services}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in nova.get("providers") or ():
        if one["id"] in known:
            continue
        service = derived.get(one["id"]) or (one["name"] if one["name"] in services else None)
        if service or is_node_name(one["name"]):
            found.setdefault(service or one["name"], []).append(one)
    return found


def _causes(logs: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    return {
        (host, one["name"]): one["cause"]
        for host, answer in logs.items()
        for one in (answer or {}).get("services") or ()
        if one.get("cause")
    }


def _row(view: ComparedService, cause: str | None, nova_asked: bool) -> dict[str, Any]:
    container, record = view.container or {}, view.record or {}
    found = disagreements(view)
    return dict(
        service=view.service,
        target=(view.target or {}).get("target"),
        driver=(view.target or {}).get("driver"),
        docker_host=view.host or None,
        container=container.get("container"),
        state=container.get("state"),
        part=container.get("part"),
        health=container.get("health") or None,
        image=container.get("image"),
        age_seconds=container.get("age_seconds"),
        started_at=container.get("started_at"),
        memory_bytes=container.get("memory_bytes"),
        nova_state=(record.get("state") or "unknown") if nova_asked else None,
        nova_status=record.get("status"),
        disabled_reason=record.get("disabled_reason"),
        heartbeat=record.get("updated_at"),
        unwell=bool(view.container) and is_unwell(found),
        cause=cause,
        level=next((level for level in (ERROR, WARNING, NOTE) if level in [one["level"] for one in found]), None),
        disagreements=found,
    )


def _summary(rows: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    found = [one for row in rows for one in row["disagreements"]]
    return dict(
        services=len({row["service"] for row in rows}),
        well=sum(1 for row in rows if not row["disagreements"]),
        disagreements=len(found),
        problems=len(problems),
        levels=dict(collections.Counter(one["level"] for one in found)),
        kinds=dict(sorted(collections.Counter(one["kind"] for one in found).items())),
    )
