# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import instances
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import drain as _drain
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.steps import Blocker, ServiceView


def server(status, task_state=None):
    return dict(id="u1", status=status, task_state=task_state)


@pytest.mark.parametrize(
    ("status", "task_state", "migration", "begun", "what"),
    [
        ("ACTIVE", None, None, None, "live"),
        ("PAUSED", None, "completed", None, "live"),
        ("SHUTOFF", None, None, None, "cold"),
        ("RESCUE", None, None, None, "fail"),
        ("ACTIVE", "migrating", None, "live", "wait"),
        ("ACTIVE", None, "running", "live", "wait"),
        # A migration that this run did not start is not changed.
        ("VERIFY_RESIZE", None, "finished", None, "wait"),
        ("VERIFY_RESIZE", None, "finished", "cold", "confirm"),
        ("ACTIVE", None, "error", "live", "fail"),
        ("ACTIVE", None, None, "live", "fail"),
    ],
)
def test_next_move(status, task_state, migration, begun, what):
    migrations = [dict(server_id="other", status="running")]
    migrations += [dict(server_id="u1", status=migration)] if migration else []
    assert _drain.next_move(server(status, task_state), migrations, begun)[0] == what


@pytest.mark.parametrize(("status", "what"), [("SHUTOFF", "fail"), ("ACTIVE", "live")])
def test_a_vcenter_cluster_keeps_the_machines_of_stopped_instances(status, what):
    assert _drain.next_move(server(status), [], None, keeps_stopped=True)[0] == what


def test_what_fails_says_why():
    assert "its live migration failed" in _drain.next_move(server("ACTIVE"), [], "live")[1]
    assert "it is RESCUE" in _drain.next_move(server("RESCUE"), [], None)[1]


class Nova:
    """Instances by uuid -> status. calls has the requested moves."""

    def __init__(self, monkeypatch, **states):
        self.states, self.busy, self.calls = states, set(), []
        monkeypatch.setattr(instances, "migrations", lambda _nova, _host: [])
        monkeypatch.setattr(instances, "server", self.server)
        monkeypatch.setattr(instances, "move", self.move)

    def server(self, _nova, ident):
        return dict(id=ident, status=self.states[ident], task_state="migrating" if ident in self.busy else None)

    def move(self, _nova, ident, how):
        self.calls.append((ident, how))
        self.busy.add(ident)

    def views(self):
        blockers = [Blocker("instance", ident, "vm", "is on it.") for ident in self.states]
        return dict(a=ServiceView(blockers=tuple(blockers)))


def test_no_more_are_moved_at_once_than_said(monkeypatch):
    nova = Nova(monkeypatch, u1="ACTIVE", u2="SHUTOFF", u3="ACTIVE")
    drain = _drain.Drain(None, 2)
    assert drain.step(nova.views()) == ["a", "a"]
    assert drain.step(nova.views()) == []
    assert nova.calls == [("u1", "live"), ("u2", "cold")]
    del nova.states["u1"]
    assert drain.step(nova.views()) == ["a"]


def test_a_cold_migration_of_ours_is_confirmed_once(monkeypatch):
    nova = Nova(monkeypatch, u1="SHUTOFF")
    drain = _drain.Drain(None, 1)
    drain.step(nova.views())
    nova.states["u1"] = "VERIFY_RESIZE"
    for _look in range(3):
        drain.step(nova.views())
    assert nova.calls == [("u1", "cold"), ("u1", "confirm")]


def test_one_that_fails_makes_room_and_is_explained(monkeypatch):
    nova = Nova(monkeypatch, u1="ACTIVE", u2="ACTIVE")
    drain = _drain.Drain(None, 1)
    drain.step(nova.views())
    nova.busy.clear()
    assert drain.step(nova.views()) == ["a"]
    first, second = nova.views()["a"].blockers
    assert "could not be moved: its live migration failed" in str(drain.explained(first))
    assert drain.explained(second) == second
    assert (drain.hopeless([first]), drain.hopeless([first, second]), drain.hopeless([])) == (True, False, False)


def test_what_cannot_be_moved_as_it_is_is_not_touched(monkeypatch):
    nova = Nova(monkeypatch, u1="RESCUE")
    drain = _drain.Drain(None, 1)
    assert drain.step(nova.views()) == []
    assert nova.calls == []
    assert (drain.moves["u1"]["how"], "it is RESCUE" in drain.moves["u1"]["error"]) == (None, True)


@pytest.mark.parametrize(
    ("reason", "told"), [("Service is unavailable at this time.", True), ("No valid host was found.", False)]
)
def test_a_service_that_nova_takes_for_its_deleted_record_is_told_from_others(monkeypatch, reason, told):
    nova = Nova(monkeypatch, u1="SHUTOFF")
    monkeypatch.setattr(instances, "move", lambda _nova, _ident, _how: reason)
    drain = _drain.Drain(None, 1)
    assert drain.step(nova.views()) == []
    assert drain.moves["u1"]["error"].startswith(reason)
    assert ("archive_deleted_rows" in drain.moves["u1"]["error"]) is told
