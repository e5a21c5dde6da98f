# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_SERVICE
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Conflict
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups


@pytest.mark.parametrize("state", ["exited", "restarting"])
def test_gate_reports_what_does_not_stay_up_with_a_masked_log(fleet, state):
    fleet.want("a", "b")
    fleet.engine.end_at_once("a", state)
    fleet.engine.logs["a"] = "cannot reach rabbit://nova:s3cret@bus:5672/\nhost_password = s3cret"
    results = {one["name"]: one["error"] for one in fleet.run(settle=0.03)}
    assert results["b"] is None
    assert results["a"].startswith("container n-a did not stay up")
    assert "rabbit://nova:********@bus" in results["a"]
    assert "s3cret" not in results["a"]


def test_gate_sees_a_restart_that_the_restart_policy_hides(fleet):
    fleet.want("a")
    start = fleet.engine.start

    def flapping(ident):
        start(ident)
        (one,) = fleet.engine.containers()
        fleet.engine.restarts[one.id] = 2

    fleet.engine.start = flapping
    fleet.engine.logs["a"] = "Traceback"
    (result,) = fleet.run(settle=0.02)
    assert result["error"] == "container n-a ended and was restarted 2 times. Its last log lines:\nTraceback"


def test_gate_without_settling_time_lets_everything_pass(fleet):
    fleet.want("a")
    fleet.engine.end_at_once("a")
    assert fleet.run(settle=0)[0]["error"] is None


CHECK = {"test": ["true"], "interval": 1, "timeout": 1, "start_period": 0, "retries": 1}


def test_gate_waits_until_a_service_is_healthy(fleet):
    fleet.want("a", healthcheck=CHECK)
    fleet.engine.healths["a"] = ["starting", "starting", "healthy"]
    assert fleet.run()[0]["error"] is None
    assert fleet.engine.healths["a"] == ["healthy"]


@pytest.mark.parametrize("health", ["starting", "unhealthy"])
def test_a_new_image_that_does_not_become_healthy_stops_at_the_first_wave(fleet, health):
    fleet.up("a", "b", "c", healthcheck=CHECK)
    fleet.engine.healths["a"] = [health]
    fleet.want("a", "b", "c", image="nova:2", healthcheck=CHECK)
    results = fleet.run(health_timeout=0.05)
    assert results[0]["error"].startswith("container n-a did not become healthy")
    assert [one["changed"] for one in results[1:]] == [False, False]
    assert fleet.states()["n-b"] == fleet.states()["n-c"] == ("running", "nova:1")


@pytest.fixture
def parts(fleet, monkeypatch):
    """Service to the parts of its running container. Each look uses the next one, and the last one stays."""
    found = {}

    def part(ident):
        left = found.get(fleet.engine.here[ident].labels[LABEL_SERVICE], [None])
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(cgroups, "Groups", lambda: SimpleNamespace(part=part))
    return found


@pytest.mark.parametrize("ready", ["active", "standby"])
def test_gate_waits_until_a_service_is_active_or_a_tested_standby(fleet, parts, ready):
    fleet.want("a", "b")
    parts["a"] = ["starting", "starting", ready]
    assert [one["error"] for one in fleet.run(settle=0.01)] == [None, None]
    assert parts["a"] == [ready]


def test_gate_does_not_wait_for_what_is_no_nova_compute(fleet, parts):
    fleet.want("a")
    begin = time.monotonic()
    assert fleet.run(settle=0.01, health_timeout=60)[0]["error"] is None
    assert time.monotonic() - begin < 10


def test_a_new_image_whose_standby_is_not_ready_in_time_stops_at_the_first_wave(fleet, parts):
    fleet.up("a", "b", "c")
    parts["a"] = ["starting"]
    fleet.engine.logs["a"] = "ImportError"
    fleet.want("a", "b", "c", image="nova:2")
    results = fleet.run(settle=0.01, health_timeout=0.05)
    assert results[0]["error"] == "container n-a did not become ready: created. Its last log lines:\nImportError"
    assert [one["changed"] for one in results[1:]] == [False, False]
    assert fleet.states()["n-b"] == fleet.states()["n-c"] == ("running", "nova:1")


def test_a_standby_whose_trial_fails_ends_and_is_reported(fleet, monkeypatch):
    fleet.want("a")

    def ends(ident):
        fleet.engine._set(fleet.engine.here[ident], state="exited")
        return "starting"

    fleet.engine.logs["a"] = "nova-compute of this image cannot run here"
    monkeypatch.setattr(cgroups, "Groups", lambda: SimpleNamespace(part=ends))
    (result,) = fleet.run(settle=0.01)
    assert result["error"].startswith("container n-a did not stay up")
    assert "cannot run here" in result["error"]


def test_gate_reports_a_container_that_is_gone(fleet):
    fleet.want("a")
    start = fleet.engine.start

    def removed_by_hand(ident):
        start(ident)
        fleet.engine.here.clear()

    fleet.engine.start = removed_by_hand
    (result,) = fleet.run(settle=0.03)
    assert "n-a" in result["error"] and "gone" in result["error"]


def test_an_engine_that_dies_during_the_gate_fails_the_wave_and_nothing_else(fleet):
    fleet.want("a", "b")
    steps = fleet.plan()
    containers, fleet.engine.containers = fleet.engine.containers, lambda: (none for none in ()).throw(Conflict("died"))
    results = fleet.run(steps, settle=0.03)
    assert [one["error"] for one in results] == ["died", "died"]
    fleet.engine.containers = containers
    assert fleet.settled()


def test_a_kernel_that_cannot_be_asked_fails_the_wave_and_loses_no_result(fleet, monkeypatch):
    """For example: too many open files."""

    def refuse():
        raise OSError(24, "Too many open files")

    fleet.up("c")
    fleet.want("a", "b")
    monkeypatch.setattr(cgroups, "Groups", refuse)
    results = fleet.run(settle=0.01)
    assert [one["error"] for one in results] == ["[Errno 24] Too many open files"] * 2 + [None]
    assert [one["started_at"] is not None for one in results] == [True, True, False]


def test_an_answer_about_one_container_that_cannot_be_read_is_its_own_failure(fleet):
    fleet.want("a", "b")
    fleet.engine.fail("inspect", "a", ValueError("no number"))
    results = fleet.run()
    assert "unexpected error ValueError: no number" in results[0]["error"]
    assert results[1]["error"] is None
