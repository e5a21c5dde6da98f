# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances and their migrations: what is on a service host, and moving it away."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.novafleet.compute.plugins.module_utils._nova.answers import NotAnAnswer
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import typed_errors
from ansible_collections.novafleet.compute.plugins.module_utils._nova.services import services

with contextlib.suppress(Exception):  # _nova/cloud.py says so.
    import openstack.exceptions

if TYPE_CHECKING:
    from openstack.compute.v2.migration import Migration
    from openstack.compute.v2.server import Server
    from openstack.connection import Connection

Listed = TypeVar("Listed", bound="Server | Migration")
# On which one entry of a list may be.
MOST_PAGES = 2


def instances(nova: Connection, hosts: Collection[str]) -> list[dict[str, str]]:
    """Instances that nova has on some service hosts, those of all projects.

    Soft-deleted ones are among them: they can be restored, and nova counts them when it deletes a service.

    Args:
        nova: as connect() returns it.
        hosts: service hosts; one request each, and one more.

    Returns:
        list of dict with id, name and host.

    Raises:
        NovaError: as services() does, so that none is left out.
    """
    if not hosts:
        return []
    with typed_errors():
        # openstacksdk takes "host" for a field of its answers, which are without it, and drops them all.
        everything = [
            dict(id=str(server.id), name=server.name, host=host)
            for host in hosts
            for server in _servers(nova, compute_host=host)
        ]
    # A cell that has gone away meanwhile would look empty.
    services(nova)
    return everything


def _servers(nova: Connection, **query: str) -> Iterator[Server]:
    found = nova.compute.servers(details=False, all_projects=True, is_soft_deleted=True, **query)
    return _ending(found, "/servers")


def _ending(found: Iterable[Listed], path: str) -> Iterator[Listed]:
    """Entries of a list that must end: openstacksdk follows pages that lead back to one of before without end.

    Raises:
        NotAnAnswer
    """
    seen: Counter[str] = Counter()
    for one in found:
        ident = str(getattr(one, "uuid", None) or one.id)
        seen[ident] += 1
        # What changes while the pages are read may be on two of them.
        if seen[ident] > MOST_PAGES:
            raise NotAnAnswer(f"{path} answered a page whose next one is a page before it")
        yield one


def instance_names(nova: Connection, ids: Collection[str]) -> dict[str, str]:
    """Names of instances on all hosts.

    Args:
        nova: as connect() returns it.
        ids: uuids; one request each.

    Returns:
        dict, uuid -> name, or "" for one that nova does not know.

    Raises:
        NovaError
    """
    with typed_errors():
        names = {str(server.id): server.name for ident in ids for server in _servers(nova, id=ident)}
    return {**dict.fromkeys(ids, ""), **names}


def server(nova: Connection, instance: str) -> dict[str, Any]:
    """What an instance does at the moment.

    Args:
        nova: as connect() returns it.
        instance: uuid.

    Returns:
        dict with id, status and task_state (str, or None while nova does nothing with it).

    Raises:
        NovaError
    """
    with typed_errors():
        state = nova.compute.get_server(instance)
        return dict(id=instance, status=state.status, task_state=state.task_state)


def move(nova: Connection, instance: str, how: str) -> str | None:
    """Move an instance to a service host that nova chooses.

    Args:
        nova: as connect() returns it.
        instance: uuid.
        how: live, cold, or confirm to end a cold one.

    Returns:
        Why nova refuses, or None.

    Raises:
        NovaError
    """
    with typed_errors():
        compute = nova.compute
        try:
            if how == "live":
                compute.live_migrate_server(instance, host=None, block_migration="auto")
            elif how == "cold":
                compute.migrate_server(instance)
            else:
                compute.confirm_server_resize(instance)
        except (openstack.exceptions.BadRequestException, openstack.exceptions.ConflictException) as error:
            return str(error)
    return None


def migrations(nova: Connection, host: str) -> list[dict[str, str]]:
    """All migrations from and to a service host, those of the past too.

    Args:
        nova: as connect() returns it.
        host: service host.

    Returns:
        list of dict with id, server_id, type, status and source.

    Raises:
        NovaError
    """
    with typed_errors():
        return [_migration(migration) for migration in _ending(nova.compute.migrations(host=host), "/os-migrations")]


def _migration(migration: Migration) -> dict[str, str]:
    return dict(
        id=str(migration.uuid),
        server_id=migration.server_id,
        type=migration.migration_type,
        status=migration.status,
        source=migration.source_compute,
    )
