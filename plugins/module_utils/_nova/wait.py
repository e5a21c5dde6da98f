# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until services are up, mapped to a cell, and provided for in placement."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._nova import placement, services
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError, no_request_longer_than

if TYPE_CHECKING:
    from openstack.connection import Connection

POLL_SECONDS = 1.0


def wait(nova: Connection, up: Mapping[str, str | None], mapped: Collection[str], timeout: float) -> dict[str, Any]:
    """Read until services are up and hosts are mapped and provided for, or time is out.

    Args:
        nova: as connect() returns it.
        up: service host -> RFC 3339 time that its process was started, or None.
        mapped: service hosts.
        timeout: seconds.

    Returns:
        dict as services.read(), with not_up, not_mapped, not_provided and seconds.

    Raises:
        NovaError
    """
    with no_request_longer_than(nova, timeout):
        return _wait(nova, up, mapped, timeout)


def _wait(nova: Connection, up: Mapping[str, str | None], mapped: Collection[str], timeout: float) -> dict[str, Any]:
    begin = time.monotonic()
    while True:
        asked = time.monotonic()
        over = asked - begin >= timeout
        try:
            records = services.services(nova)
        except NovaError:
            # A nova that hundreds of starts keep busy may miss its own time limit for a cell.
            if not up or time.monotonic() - begin >= timeout:
                raise
            time.sleep(POLL_SECONDS)
            continue
        not_up = _not_up(records, up)
        # nova needs longer to list hypervisors than services, and they are of no use until all services are up.
        if over or not not_up:
            nodes = services.hypervisors(nova)
            missing = dict(not_up=not_up, **_missing_in_cells(nova, nodes, mapped))
            if over or not any(missing.values()):
                seconds = round(time.monotonic() - begin, 1)
                return dict(services=records, hypervisors=nodes, **missing, seconds=seconds)
        # Hundreds of services take nova's API a second to list: asking takes half of its time at most.
        time.sleep(max(POLL_SECONDS, time.monotonic() - asked))


def _not_up(records: list[dict[str, Any]], up: Mapping[str, str | None]) -> list[str]:
    known = {service["host"]: service for service in records}
    return sorted(host for host, since in up.items() if not services.is_up(known.get(host), since))


def _missing_in_cells(
    nova: Connection, hypervisors: list[dict[str, str]], mapped: Collection[str]
) -> dict[str, list[str]]:
    nodes = {node["id"]: node["host"] for node in hypervisors if node["host"] in mapped}
    empty = placement.without_inventory(nova, set(nodes))
    # One node without an inventory, such as one that is being enrolled, does not stop a service of many nodes.
    provided = {host for node, host in nodes.items() if node not in empty}
    return dict(
        not_mapped=sorted(set(mapped) - set(nodes.values())),
        not_provided=sorted(set(nodes.values()) - provided),
    )
