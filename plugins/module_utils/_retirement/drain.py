# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves instances away from services that are to be retired, a few at a time.

nova chooses where to.  An instance that runs is only ever moved live: what interrupts it is its owner's to decide.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import steps

# nova: compute.api.API.live_migrate and resize, by the states in which they may be called.
MOVED_BY = {"ACTIVE": "live", "PAUSED": "live", "SHUTOFF": "cold"}
MOVABLE = (steps.INSTANCE, "migration")
# nova joins an instance to services by the host's name, deleted records too, and takes the first of them for the one
# that is down or up (nova/db/main/models.py, Instance.services).
UNAVAILABLE = "is unavailable at this time"
ARCHIVE = (
    " If its nova-compute is up, nova looks at the deleted record of an earlier service of that host: "
    "'nova-manage db archive_deleted_rows' takes such records away."
)


def next_move(server, migrations, begun):
    """What is to be done next to move one instance.

    Args:
        server: dict with id, status and task_state.
        migrations: list of dict with server_id and status, of its service host.
        begun: live or cold, if this run has begun to move it, or None.

    Returns:
        tuple of str: one of live, cold, confirm, wait and fail; and why it fails, or "".
    """
    mine = [one["status"] for one in migrations if one["server_id"] == server["id"]]
    if begun == "cold" and server["status"] == "VERIFY_RESIZE":
        return "confirm", ""
    if server["task_state"] or set(mine) - steps.ENDED:
        return "wait", ""
    if begun:
        return "fail", f"its {begun} migration came to nothing, see 'openstack server event list {server['id']}'"
    if server["status"] not in MOVED_BY:
        return "fail", f"it is {server['status']}, and only {', '.join(sorted(MOVED_BY))} ones are moved"
    return MOVED_BY[server["status"]], ""


def _with_cure(why):
    return why + ARCHIVE if why and UNAVAILABLE in why else why


class Drain:
    """The moves of one run.

    Attributes:
        moves: dict, uuid of an instance -> dict with id, name, host, how (live or cold) and error (str or None).
    """

    def __init__(self, nova, parallel):
        """nova: connection; parallel: instances that are moved at the same time, from all services together."""
        self.nova, self.parallel, self.moves, self.confirmed = nova, parallel, {}, set()

    def step(self, views):
        """Look after the moves that were begun, then begin as many as there is room for.

        Args:
            views: dict, service host -> View of _retire.

        Returns:
            list of str, the hosts from which a move was begun.

        Raises:
            NovaError
        """
        tied = [(host, hold) for host, view in views.items() for hold in view.holds if hold.kind in MOVABLE]
        migrations = {host: cloud.migrations(self.nova, host) for host in views}
        begun = [(host, hold) for host, hold in tied if hold.id in self.moves and not self._failed(hold)]
        room = self.parallel - sum(self._look_after(hold, migrations[host]) for host, hold in begun)
        started = []
        for host, hold in tied:
            if room > 0 and hold.kind == steps.INSTANCE and hold.id not in self.moves:
                begins = self._begin(host, hold, migrations[host])
                room -= begins
                started += [host] * begins
        return started

    def hopeless(self, holds):
        """Whether nothing that ties a service will be moved: each move of it has failed."""
        return bool(holds) and all(self._failed(hold) for hold in holds)

    def explained(self, hold):
        """A Hold that says why it could not be moved, if that was tried."""
        error = (self.moves.get(hold.id) or {}).get("error")
        return replace(hold, why=f"could not be moved: {error}.") if error else hold

    def _failed(self, hold):
        return bool((self.moves.get(hold.id) or {}).get("error"))

    def _look_after(self, hold, migrations):
        """Whether the move goes on."""
        move = self.moves[hold.id]
        what, why = next_move(cloud.server(self.nova, hold.id), migrations, move["how"])
        if what == "confirm" and hold.id not in self.confirmed:
            self.confirmed.add(hold.id)
            why = cloud.move(self.nova, hold.id, "confirm")
        move["error"] = why or None
        return not why

    def _begin(self, host, hold, migrations):
        """Whether a move was begun."""
        what, why = next_move(cloud.server(self.nova, hold.id), migrations, None)
        if what == "wait":
            return False
        if what != "fail":
            why = _with_cure(cloud.move(self.nova, hold.id, what))
        how = what if what != "fail" else None
        self.moves[hold.id] = dict(id=hold.id, name=hold.name, host=host, how=how, error=why or None)
        return not why
