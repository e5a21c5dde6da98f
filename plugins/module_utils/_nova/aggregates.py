# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host aggregates of new services: what has to be created and joined, which is pure, and the requests that do it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import (
    NovaError,
    body_of,
    entries,
    typed_errors,
)

with contextlib.suppress(Exception):  # _nova/cloud.py says so.
    import openstack.exceptions

if TYPE_CHECKING:
    from openstack.connection import Connection

# Aggregates have all that is needed since the first one.
MICROVERSION = "2.1"


@dataclass
class Joining:
    """What brings hosts into their aggregates.

    Attributes:
        created: name of an aggregate that nova does not have -> its availability zone, or None.
        joined: (host, name of an aggregate), in the order asked for.
        problems: why that cannot be done, one sentence a problem.
    """

    created: dict[str, str | None] = field(default_factory=dict)
    joined: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def plan(services: Sequence[Mapping[str, Any]], existing: Sequence[Mapping[str, Any]]) -> Joining:
    """Decide what has to be done, or say why it cannot be.

    Args:
        services: dicts of host and aggregates, which are dicts of name and availability_zone, a text or None.
        existing: what read() returned.
    """
    zones = {one["name"]: one["availability_zone"] for one in existing}
    members = {(host, one["name"]) for one in existing for host in one["hosts"]}
    found = Joining()
    for service in services:
        for wanted in service["aggregates"]:
            found.problems += _usable(found, zones, service["host"], wanted["name"], wanted["availability_zone"])
    zones.update(found.created)
    for service in services:
        host, names = service["host"], [wanted["name"] for wanted in service["aggregates"]]
        found.joined += [(host, name) for name in names if (host, name) not in members]
        there = [name for member, name in sorted(members) if member == host]
        found.problems += _several_zones(host, {zones.get(name): name for name in [*there, *names]})
    return found


def _usable(found: Joining, zones: Mapping[str, str | None], host: str, name: str, zone: str | None) -> Iterator[str]:
    """Have an aggregate created that is missing, or say why it cannot be used; zones are those that nova has."""
    if name in zones:
        if zone not in (None, zones[name]):
            has = f"has the availability zone {zones[name]}" if zones[name] else "has no availability zone"
            yield _told(host, f"the host aggregate {name} {has} in nova, not {zone}")
        return
    # nova's database compares names without regard to case.
    for one in zones:
        if one.lower() == name.lower():
            yield _told(host, f"nova has the host aggregate {name} as {one}")
            return
    for one in found.created:
        if one != name and one.lower() == name.lower():
            yield _told(host, f"the new host aggregate {name} is also {one}, and nova ignores case")
            return
    other = found.created.get(name)
    if zone and other and zone != other:
        yield _told(host, f"the new host aggregate {name} cannot have the availability zones {other} and {zone}")
    found.created[name] = other or zone


def _several_zones(host: str, zones: Mapping[str | None, str]) -> Iterator[str]:
    named = [f"{zone} ({name})" for zone, name in zones.items() if zone]
    if len(named) > 1:
        yield _told(host, f"it would be in the availability zones {' and '.join(named)}, and nova allows one")


def _told(host: str, problem: str) -> str:
    return f"{host}: services_aggregates: {problem}. Correct the variable, or the host aggregate in nova."


def read(nova: Connection) -> list[dict[str, Any]]:
    """All host aggregates, in one request.

    Returns:
        dicts of id, name, availability_zone, which may be None, and hosts.

    Raises:
        NovaError
    """
    with typed_errors():
        found = entries(nova.compute, "/os-aggregates", "aggregates", MICROVERSION)
        return [
            {"hosts": list(one["hosts"]), **{key: one[key] for key in ("id", "name", "availability_zone")}}
            for one in found
        ]


def create(nova: Connection, name: str, zone: str | None) -> int:
    """Create a host aggregate.

    Args:
        nova: as connect() returns it.
        name: of the aggregate.
        zone: its availability zone, or None.

    Returns:
        Its id.

    Raises:
        NovaError: also where nova refuses, as it has one of that name by now.
    """
    body = dict(aggregate=dict(name=name, availability_zone=zone))
    return _post(nova, "/os-aggregates", body, f"to create the host aggregate {name}")["id"]


def add_host(nova: Connection, aggregate: int, name: str, host: str) -> None:
    """Add a host that is mapped to a cell to an aggregate.

    Args:
        nova: as connect() returns it.
        aggregate: its id.
        name: its name.
        host: service host.

    Raises:
        NovaError: also where nova refuses, such as for instances that would change their availability zone.
    """
    _post(nova, f"/os-aggregates/{aggregate}/action", dict(add_host=dict(host=host)), f"to add {host} to {name}")


def _post(nova: Connection, path: str, body: Mapping[str, Any], purpose: str) -> dict[str, Any]:
    with typed_errors():
        try:
            return body_of(nova.compute.post(path, json=body, microversion=MICROVERSION))["aggregate"]
        except openstack.exceptions.HttpException as error:
            raise NovaError(
                f"services_aggregates: nova refuses {purpose}: {(error.details or str(error)).rstrip('.')}. "
                "Correct that, then run again: it continues there."
            ) from error
