# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova's records of compute services, and its hypervisors."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError, entries, typed_errors

with contextlib.suppress(Exception):  # _nova/cloud.py says so.
    import openstack.exceptions
    import openstack.utils

if TYPE_CHECKING:
    from openstack.connection import Connection

POLL_SECONDS = 1.0
# From 2.53 on ids are UUIDs. From 2.69 on nova names services of a cell that is down, with a status of their own. Lists
# of instances by host leave out those of that cell, and do not say so (nova: os-services, "handling down cells").
SERVICES_MICROVERSION = "2.69"
CELL_DOWN = "UNKNOWN"
SHOWN = 10
STATES, STATUSES = ("up", "down"), ("enabled", "disabled")
# Gives ids that are UUIDs. From 2.88 on nova asks every nova-compute for its uptime. If one was killed within the last
# minute, the whole list fails with a MessagingTimeout after 60 s (nova: os-hypervisors).
HYPERVISORS_MICROVERSION = "2.53"


def read(nova: Connection) -> dict[str, list[dict[str, Any]]]:
    """Everything nova says about its computes, in two requests.

    Returns:
        dict with services and hypervisors, as the module nova_services_info documents them.

    Raises:
        NovaError
    """
    return dict(services=services(nova), hypervisors=hypervisors(nova))


def services(nova: Connection) -> list[dict[str, Any]]:
    """What nova says about its compute services, in one request.

    Returns:
        list of dict by host, as the module nova_services_info documents services.

    Raises:
        NovaError: also while nova cannot reach one of its cells.
    """
    with typed_errors():
        compute = nova.compute
        # A nova that does not name its newest version is asked for this one, and refuses if it is older.
        version = openstack.utils.maximum_supported_microversion(compute, SERVICES_MICROVERSION)
        query = dict(binary="nova-compute")
        records = entries(compute, "/os-services", "services", version or SERVICES_MICROVERSION, query)
        _refuse_cells_down(records)
        return sorted(map(_service, records), key=lambda service: service["host"])


def newest_microversion(nova: Connection) -> str | None:
    """The newest microversion of nova's API, or None where it says none.

    Raises:
        NovaError
    """
    with typed_errors():
        data = nova.compute.get_endpoint_data()
        newest = data.max_microversion if data else None
        return ".".join(map(str, newest)) if newest else None


def _refuse_cells_down(records: list[dict[str, Any]]) -> None:
    down = sorted(record["host"] for record in records if record["status"] == CELL_DOWN)
    if down:
        others = f" and {len(down) - SHOWN} others" if len(down) > SHOWN else ""
        raise NovaError(
            f"nova cannot reach the cell of {', '.join(down[:SHOWN])}{others}, so the services there are unknown. "
            "Bring the cell's database back (nova-manage cell_v2 list_cells)."
        )


def _service(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the module returns it.

    A state that nova does not have would read as down, and another time as a fault of this collection.
    """
    if record["state"] not in STATES or record["status"] not in STATUSES:
        raise ValueError(f"state {record['state']!r} and status {record['status']!r} of {record['host']!r}")
    if record["updated_at"] is not None:
        _times.seconds(record["updated_at"])
    return dict(
        host=record["host"],
        id=str(record["id"]),
        state=record["state"],
        status=record["status"],
        disabled_reason=record["disabled_reason"],
        forced_down=bool(record.get("forced_down")),
        updated_at=record["updated_at"],
    )


def hypervisors(nova: Connection) -> list[dict[str, str]]:
    """nova's compute nodes, those of mapped hosts only.

    Returns:
        list of dict by name, as the module nova_services_info documents hypervisors.

    Raises:
        NovaError
    """
    with typed_errors():
        nodes = entries(nova.compute, "/os-hypervisors/detail", "hypervisors", HYPERVISORS_MICROVERSION)
        return sorted(map(_hypervisor, nodes), key=lambda node: node["name"])


def _hypervisor(node: Mapping[str, Any]) -> dict[str, str]:
    name, kind = node["hypervisor_hostname"], node["hypervisor_type"]
    return dict(host=node["service"]["host"], id=str(node["id"]), name=name, type=kind)


def is_up(service: Mapping[str, Any] | None, since: str | None) -> bool:
    """Whether a service sends heartbeats: nova calls a dead one up for another service_down_time, 60 s.

    Args:
        service: with state and updated_at, or None.
        since: RFC 3339 time that its process was started, or None.

    Returns:
        bool. A record without any heartbeat was made by the process that runs now. A heartbeat of the very second of
        the start is its predecessor's: nova-compute takes longer than that to send its first.
    """
    if service is None or service["state"] != "up":
        return False
    if not since or not service["updated_at"]:
        return True
    return _times.seconds(service["updated_at"]) > _times.seconds(since)


def beating(nova: Connection, hosts: Collection[str], seconds: float) -> list[str]:
    """Which services send heartbeats. nova calls a dead one up for another minute.

    Args:
        nova: as connect() returns it.
        hosts: service hosts.
        seconds: how long to listen; more than two report_intervals of nova, which are 10 s each by default.

    Returns:
        The hosts whose heartbeat moved on.

    Raises:
        NovaError
    """
    first = {service["host"]: service["updated_at"] for service in services(nova)}
    silent, deadline = set(hosts) & set(first), time.monotonic() + seconds
    heard: set[str] = set()
    while silent and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        now = {service["host"]: service["updated_at"] for service in services(nova)}
        moved = {host for host in silent if now.get(host, first[host]) != first[host]}
        heard, silent = heard | moved, silent - moved
    return sorted(heard)


def disable(nova: Connection, service: str, reason: str) -> None:
    """Keep nova from sending a service anything new.

    Args:
        nova: as connect() returns it.
        service: id of its record.
        reason: what nova shows as disabled_reason.

    Raises:
        NovaError
    """
    with typed_errors():
        nova.compute.disable_service(service, disabled_reason=reason)


def enable(nova: Connection, service: str) -> None:
    """Let nova send a service anything new.

    Args:
        nova: as connect() returns it.
        service: id of its record.

    Raises:
        NovaError
    """
    with typed_errors():
        nova.compute.enable_service(service)


def delete(nova: Connection, service: Mapping[str, Any]) -> None:
    """Delete a service's record, and with it its compute nodes, resource providers and host mapping.

    Args:
        nova: as connect() returns it.
        service: with host and id, a uuid, which nova takes since API 2.53 only.

    Raises:
        NovaError: also where nova refuses, because instances or migrations are on it.
    """
    with typed_errors():
        try:
            nova.compute.delete_service(service["id"])
        except openstack.exceptions.ConflictException as error:
            raise NovaError(
                f"{service['host']}: nova refuses to delete the service: {error}. Run again to see what is on it."
            ) from error
