# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource providers in placement: whose they are, what they have, who uses them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import body_of, entries, typed_errors

if TYPE_CHECKING:
    from openstack.connection import Connection
    from openstack.proxy import Proxy

PATH = "/resource_providers"
# Names a provider's parent, and an aggregate with the generation of what it is written to. Aggregates need not be made
# before they are named, and may be asked for.
MICROVERSION = "1.19"


def _listed(placement: Proxy, **query: str) -> list[dict[str, Any]]:
    return entries(placement, PATH, "resource_providers", MICROVERSION, query)


def _uuids(providers: Iterable[dict[str, Any]]) -> set[str]:
    return {provider["uuid"] for provider in providers}


def without_inventory(nova: Connection, nodes: set[str]) -> set[str]:
    """Those of some compute nodes, whose uuids are those of their providers, that offer nothing in placement.

    Args:
        nova: as connect() returns it.
        nodes: uuids.

    Raises:
        NovaError
    """
    if not nodes:
        return set()
    with typed_errors():
        known = _uuids(_listed(nova.placement)) & nodes
        return nodes - known | _empty(nova.placement, known)


def _empty(placement: Proxy, providers: set[str]) -> set[str]:
    """Those of some resource providers that have no inventory.

    nova makes the provider first (nova/scheduler/client/report.py, get_provider_tree_and_ensure_root), so a driver that
    cannot report what its hypervisor has leaves it so. One request finds all with memory left, and one more all with
    a custom resource left, which is what bare metal has. Each other one is asked.
    """
    left = providers - _with_room(placement, "MEMORY_MB")
    empty: set[str] = set()
    asked: set[str] = set()
    while left:
        provider = min(left)
        inventories = _told(placement, provider, "inventories")["inventories"]
        left = left - {provider}
        if not inventories:
            empty.add(provider)
        for resource in {name for name in inventories if name.startswith("CUSTOM_")} - asked:
            asked.add(resource)
            left = left - _with_room(placement, resource)
    return empty


def _with_room(placement: Proxy, resource: str) -> set[str]:
    return _uuids(_listed(placement, resources=f"{resource}:1"))


def _told(placement: Proxy, provider: str, what: str) -> dict[str, Any]:
    """The answer with the inventories, allocations or aggregates of one provider."""
    return body_of(placement.get(f"{PATH}/{provider}/{what}", microversion=MICROVERSION))


def root_providers(nova: Connection, nodes: set[str]) -> list[dict[str, Any]]:
    """All resource providers that are below no other one.

    Args:
        nova: as connect() returns it.
        nodes: uuids of compute nodes, whose providers are asked for their inventories.

    Returns:
        list of dict with id, name and inventory (bool; None for those of no such node).

    Raises:
        NovaError
    """
    with typed_errors():
        roots = [provider for provider in _listed(nova.placement) if not provider["parent_provider_uuid"]]
        empty = _empty(nova.placement, _uuids(roots) & nodes)
        return [
            dict(id=ident, name=root["name"], inventory=ident not in empty if ident in nodes else None)
            for root in roots
            for ident in [root["uuid"]]
        ]


def providers(nova: Connection, host: str, nodes: Iterable[str], others: Iterable[str]) -> dict[str, list[str]]:
    """The resource providers of a service host in placement, and who holds resources of them.

    Args:
        nova: as connect() returns it.
        host: service host; nova gives a provider that name if the uuid of its node is no longer known.
        nodes: uuids of its compute nodes, which are those of their providers; each may have some below it.
        others: uuids of the compute nodes of other service hosts.

    Returns:
        dict, uuid of a provider -> uuids of its consumers, which are instances and migrations.

    Raises:
        NovaError
    """
    with typed_errors():
        placement = nova.placement
        own = {ident for node in nodes for ident in _uuids(_listed(placement, in_tree=node))}
        own |= _uuids(_listed(placement, name=host)) - set(others)
        return {provider: sorted(_told(placement, provider, "allocations")["allocations"]) for provider in sorted(own)}


def _note_of(host: str) -> str:
    """The aggregate that says in placement whose a provider was; its uuid is always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"novafleet.compute:retiring:{host}"))


def note(nova: Connection, providers: Iterable[str], host: str) -> None:
    """Note in placement whose resource providers are, for when nova does not know any more.

    Args:
        nova: as connect() returns it.
        providers: uuids.
        host: service host.

    Raises:
        NovaError
    """
    with typed_errors():
        for provider in providers:
            before = _told(nova.placement, provider, "aggregates")
            if _note_of(host) not in before["aggregates"]:
                body = dict(before, aggregates=[*before["aggregates"], _note_of(host)])
                path = f"{PATH}/{provider}/aggregates"
                body_of(nova.placement.put(path, json=body, microversion=MICROVERSION))


def noted(nova: Connection, host: str) -> set[str]:
    """The resource providers that note() has noted as a service host's.

    Args:
        nova: as connect() returns it.
        host: service host.

    Returns:
        uuids

    Raises:
        NovaError
    """
    with typed_errors():
        return _uuids(_listed(nova.placement, member_of=_note_of(host)))


def delete_providers(nova: Connection, providers: Collection[str]) -> None:
    """Delete resource providers, each after those below it. Placement refuses where one is in use.

    Args:
        nova: as connect() returns it.
        providers: uuids.

    Raises:
        NovaError
    """
    with typed_errors():
        placement = nova.placement
        parents = {ident: placement.get_resource_provider(ident).parent_provider_id for ident in providers}
        while parents:
            for leaf in set(parents) - set(parents.values()):
                placement.delete_resource_provider(leaf)
                del parents[leaf]
