# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import steps as _retire
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.steps import Blocker, ServiceView
from hypothesis import given
from hypothesis import strategies as st

BLOCKER = Blocker("instance", "u1", "web", "is on it.")
ENABLED = dict(id="7", state="up", status="enabled", forced_down=False)
DISABLED = dict(ENABLED, status="disabled")
SILENT = dict(DISABLED, state="down")

RECORDS = st.none() | st.fixed_dictionaries(
    dict(
        id=st.just("7"),
        state=st.sampled_from(["up", "down"]),
        status=st.sampled_from(["enabled", "disabled"]),
        forced_down=st.booleans(),
    )
)
VIEWS = st.builds(
    ServiceView,
    record=RECORDS,
    blockers=st.sampled_from([(), (BLOCKER,)]),
    providers=st.sampled_from([(), ("p1",)]),
    noted=st.sampled_from([(), ("p1",)]),
    contained=st.booleans(),
    heard=st.sampled_from([None, True, False]),
)


def migration(status, *, kind="live-migration", source="a"):
    return dict(id="m1", server_id="u1", name="web", type=kind, status=status, source=source)


@pytest.mark.parametrize(
    ("view", "drain", "step"),
    [
        (ServiceView(), False, "done"),
        (ServiceView(ENABLED, contained=True), False, "disable"),
        (ServiceView(DISABLED, contained=True), False, "remove"),
        (ServiceView(None, contained=True), False, "remove"),
        (ServiceView(DISABLED), False, "listen"),
        (ServiceView(ENABLED), False, "listen"),
        (ServiceView(DISABLED, heard=False), False, "delete"),
        (ServiceView(DISABLED, heard=True), False, "refuse"),
        (ServiceView(SILENT), False, "delete"),
        # nova shows a service that was forced down as down, even if it is running.
        (ServiceView(dict(SILENT, forced_down=True)), False, "listen"),
        (ServiceView(ENABLED, (BLOCKER,), contained=True), False, "refuse"),
        (ServiceView(ENABLED, (BLOCKER,), contained=True), True, "disable"),
        (ServiceView(DISABLED, (BLOCKER,), contained=True), True, "wait"),
        (ServiceView(SILENT, (BLOCKER,)), False, "refuse"),
        # Its record was deleted by hand, but instances are on it.
        (ServiceView(None, (BLOCKER,)), False, "refuse"),
        (ServiceView(None, providers=("p1",)), False, "refuse"),
        (ServiceView(None, providers=("p1", "p2"), noted=("p1",)), False, "refuse"),
        (ServiceView(None, providers=("p1",), noted=("p1",)), False, "clean"),
        (ServiceView(None, (BLOCKER,), providers=("p1",), noted=("p1",)), False, "refuse"),
    ],
)
def test_next_step(view, drain, step):
    assert _retire.next_step(view, drain) == step


@given(VIEWS, st.booleans())
def test_nothing_is_taken_away_while_something_ties_it(view, drain):
    step = _retire.next_step(view, drain)
    if view.blockers:
        assert step in ("refuse", "wait", "disable")
    if step == "remove":
        assert not view.enabled
    if step == "clean":
        assert view.record is None and not view.contained and set(view.providers) <= set(view.noted)
    if step == "delete":
        assert not view.contained and not view.may_live_elsewhere and not view.heard and not view.enabled


@given(VIEWS, st.booleans())
def test_only_a_refusal_has_problems_to_tell(view, drain):
    if _retire.next_step(view, drain) == "refuse":
        assert _retire.problems(view)


@given(VIEWS)
def test_every_way_ends(view):
    steps = _retire.expected(replace(view, blockers=()))
    assert len(steps) == len(set(steps)) <= 3


def test_the_whole_way():
    assert _retire.expected(ServiceView(ENABLED, providers=("p1",), contained=True)) == ["disable", "remove", "delete"]
    assert _retire.expected(ServiceView()) == []


def test_an_instance_holds_and_is_named():
    (blocker,) = _retire.blockers("a", [dict(id="u1", name="web")], [], {})
    assert str(blocker) == "instance web (u1) is on it: move or delete it."


@pytest.mark.parametrize("status", sorted(_retire.ENDED))
def test_a_migration_that_has_ended_holds_nothing(status):
    assert _retire.blockers("a", [], [migration(status)], {}) == ()


@pytest.mark.parametrize("status", ["accepted", "queued", "running", "migrating", "post-migrating", "pre-migrating"])
def test_a_migration_that_goes_on_holds_whichever_its_direction(status):
    for source in "ab":
        (blocker,) = _retire.blockers("a", [], [migration(status, source=source)], {})
        assert str(blocker) == f"migration web (u1) has a live-migration that is {status}: let it end, or abort it."


def test_a_resize_that_waits_to_be_confirmed_holds_both_hosts():
    (blocker,) = _retire.blockers("a", [], [migration("finished", kind="resize")], {"m1": ""})
    assert blocker.why == "has a resize that is finished: confirm or revert it."


def test_an_evacuated_instance_may_still_be_on_the_hypervisor():
    evacuated = migration("done", kind="evacuation")
    (blocker,) = _retire.blockers("a", [], [evacuated], {"u1": "web"})
    assert (blocker.kind, "services_retire_leave_evacuated" in blocker.why) == ("evacuation", True)
    assert _retire.blockers("a", [], [evacuated], {"u1": "web"}, leave_evacuated=True) == ()
    assert _retire.blockers("a", [], [migration("done", kind="evacuation", source="b")], {}) == ()


def test_an_instance_that_is_about_to_start_shows_in_placement_first():
    (blocker,) = _retire.blockers("a", [dict(id="u1", name="web")], [], {"u1": "web", "u2": "new"})[1:]
    assert str(blocker).startswith("allocation new (u2) has resources of it in placement")
