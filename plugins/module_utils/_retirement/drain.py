# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves instances away from services that will be retired, a few at a time.

nova chooses the destination. A running instance is only moved live, because its owner decides about interruptions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._nova import instances
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import steps
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.steps import Blocker, ServiceView

if TYPE_CHECKING:
    from openstack.connection import Connection

# The instance's states in which nova allows live_migrate and resize (nova: compute.api.API).
MOVED_BY = {"ACTIVE": "live", "PAUSED": "live", "SHUTOFF": "cold"}
MOVABLE = (steps.INSTANCE, "migration")
# nova's driver for vCenter ignores the destination of a cold migration. nova then has the instance on the other
# service, and its machine is still on this cluster (nova/virt/vmwareapi/vmops.py, migrate_disk_and_power_off and
# finish_migration). It moves running ones.
KEEPS_STOPPED = "VMware vCenter Server"
# nova joins an instance to services by the host's name, including deleted records. It takes the state of the first
# one (nova/db/main/models.py, Instance.services).
UNAVAILABLE = "is unavailable at this time"
ARCHIVE = (
    " If its nova-compute is up, nova reads the deleted record of an earlier service of that host. Remove such "
    "records with 'nova-manage db archive_deleted_rows'."
)


def next_move(
    server: Mapping[str, Any], migrations: list[dict[str, str]], begun: str | None, keeps_stopped: bool = False
) -> tuple[str, str | None]:
    """Decide the next action to move one instance.

    Args:
        server: dict with id, status and task_state.
        migrations: list of dict with server_id and status, of its service host.
        begun: live or cold, if this run has started to move it, or None.
        keeps_stopped: whether its hypervisor would keep the machine of a stopped instance.

    Returns:
        tuple of str: one of live, cold, confirm, wait and fail, and the cause of a failure or None.
    """
    mine = [migration["status"] for migration in migrations if migration["server_id"] == server["id"]]
    if begun == "cold" and server["status"] == "VERIFY_RESIZE":
        return "confirm", None
    if server["task_state"] or set(mine) - steps.ENDED:
        return "wait", None
    if begun:
        return "fail", f"its {begun} migration failed, see 'openstack server event list {server['id']}'"
    if server["status"] not in MOVED_BY:
        return "fail", f"it is {server['status']}, and only {', '.join(sorted(MOVED_BY))} ones are moved"
    if MOVED_BY[server["status"]] == "cold" and keeps_stopped:
        return "fail", (
            "it is SHUTOFF, and nova does not move the machine of a stopped instance from its vCenter cluster. "
            "Start it, and run again: a running one is moved live. Or delete it"
        )
    return MOVED_BY[server["status"]], None


def _with_cure(why: str | None) -> str | None:
    return why + ARCHIVE if why and UNAVAILABLE in why else why


class Drain:
    """The moves of one run.

    Attributes:
        moves: dict, uuid of an instance -> dict with id, name, host, how (live or cold) and error (str or None).
    """

    def __init__(self, nova: Connection, parallel: int):
        """nova: connection; parallel: instances that are moved at the same time, from all services together."""
        self.nova, self.parallel = nova, parallel
        self.moves: dict[str, dict[str, Any]] = {}
        self.confirmed: set[str] = set()

    def step(self, views: Mapping[str, ServiceView]) -> list[str]:
        """Follow the moves that were started, then start as many as drain_parallel allows.

        Args:
            views: dict, service host -> ServiceView.

        Returns:
            list of str, the hosts from which a move was started.

        Raises:
            NovaError
        """
        tied = [(host, blocker) for host, view in views.items() for blocker in view.blockers if blocker.kind in MOVABLE]
        migrations = {host: instances.migrations(self.nova, host) for host in views}
        begun = [(host, blocker) for host, blocker in tied if blocker.id in self.moves and not self._failed(blocker)]
        room = self.parallel - sum(self._look_after(blocker, migrations[host]) for host, blocker in begun)
        started: list[str] = []
        for host, blocker in tied:
            if room > 0 and blocker.kind == steps.INSTANCE and blocker.id not in self.moves:
                begins = self._begin(host, blocker, migrations[host], views[host].keeps_stopped)
                room -= begins
                started += [host] * begins
        return started

    def hopeless(self, blockers: Collection[Blocker]) -> bool:
        """Whether nothing else of a service will be moved, because each move has failed."""
        return bool(blockers) and all(self._failed(blocker) for blocker in blockers)

    def explained(self, blocker: Blocker) -> Blocker:
        """The Blocker with the cause why its instance could not be moved, if that was tried."""
        error = (self.moves.get(blocker.id) or {}).get("error")
        return replace(blocker, why=f"could not be moved: {error}.") if error else blocker

    def _failed(self, blocker: Blocker) -> bool:
        return bool((self.moves.get(blocker.id) or {}).get("error"))

    def _look_after(self, blocker: Blocker, migrations: list[dict[str, str]]) -> bool:
        """Whether the move goes on."""
        move = self.moves[blocker.id]
        what, why = next_move(instances.server(self.nova, blocker.id), migrations, move["how"])
        if what == "confirm" and blocker.id not in self.confirmed:
            self.confirmed.add(blocker.id)
            why = instances.move(self.nova, blocker.id, "confirm")
        move["error"] = why
        return not why

    def _begin(self, host: str, blocker: Blocker, migrations: list[dict[str, str]], keeps_stopped: bool) -> bool:
        """Whether a move was started."""
        what, why = next_move(instances.server(self.nova, blocker.id), migrations, None, keeps_stopped)
        if what == "wait":
            return False
        if what != "fail":
            why = _with_cure(instances.move(self.nova, blocker.id, what))
        how = what if what != "fail" else None
        self.moves[blocker.id] = dict(id=blocker.id, name=blocker.name, host=host, how=how, error=why)
        return not why
