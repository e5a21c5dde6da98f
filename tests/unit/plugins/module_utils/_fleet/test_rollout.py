# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import threading
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineTimeout
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import carry_out
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import files as _files
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.result import of_step


def did(engine, service=None):
    return [method for method, whose, _name in engine.calls if service in (None, whose) and method != "inspect"]


def test_results_are_in_the_order_of_the_steps(fleet):
    fleet.up("b", "c", "e")
    fleet.want("c", content="v2")
    fleet.want("a", "d")
    results = fleet.run()
    assert [(one["name"], one["action"]) for one in results] == [
        ("a", "create"), ("b", "leave"), ("c", "restart"), ("d", "create"), ("e", "leave")]  # fmt: skip
    assert [one["changed"] for one in results] == [True, False, True, True, False]


def test_result_of_a_created_service(fleet):
    fleet.want("a")
    (result,) = fleet.run()
    assert result.pop("seconds") >= 0
    assert result == dict(
        name="a",
        container="n-a",
        action="create",
        part=None,
        changed=True,
        reasons=["no container"],
        started_at="2026-11-23T01:02:03.456789Z",
        error=None,
    )


def test_a_run_that_changes_nothing_asks_nothing(fleet):
    fleet.up("a", "b")
    assert [one["changed"] for one in fleet.run()] == [False, False]
    assert fleet.engine.calls == []


def test_preview_is_the_result_without_the_doing(fleet):
    fleet.want("a")
    (step,) = fleet.plan()
    (result,) = fleet.run()
    assert of_step(step).shown() == dict(result, seconds=0.0, started_at=None)
    assert did(fleet.engine) == ["create", "start"]


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        (dict(content="v2"), ["restart"]),
        (dict(image="nova:2"), ["create", "stop", "remove", "rename", "start"]),
        (dict(memory=9), ["create", "stop", "remove", "rename", "start"]),
        (dict(content=""), ["create", "stop", "remove", "rename", "start"]),
    ],
    ids=str,
)
def test_changes_of_a_running_service(fleet, change, calls):
    fleet.up("a")
    fleet.want("a", **change)
    fleet.run()
    assert did(fleet.engine) == calls
    assert fleet.settled()


@pytest.mark.parametrize(
    ("state", "content", "calls"),
    [
        ("exited", "v1", ["start"]),
        ("exited", "v2", ["start"]),
        ("created", "v1", ["remove", "create", "start"]),
        ("created", "v2", ["remove", "create", "start"]),
        ("paused", "v1", ["unpause"]),
        ("paused", "v2", ["unpause", "restart"]),
        ("dead", "v1", ["create", "stop", "remove", "rename", "start"]),
    ],
)
def test_a_service_that_does_not_run_is_started(fleet, state, content, calls):
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, state=state)
    fleet.want("a", content=content)
    (result,) = fleet.run()
    assert (did(fleet.engine), result["error"]) == (calls, None)
    assert fleet.settled()


def test_orphans_are_ended_before_anything_else_is_done_for_their_service(fleet):
    fleet.up("b", "d")
    fleet.want("a", "b")
    del fleet.desired["d"]
    fleet.engine.ended = ended = []
    results = fleet.run(concurrency=1, orphans={"a": ["1"], "b": ["2", "3"], "d": ["4"]})
    assert [(one["name"], one["action"], one["changed"], one["error"]) for one in results] == [
        ("a", "create", True, None),
        ("b", "leave", True, None),
        ("d", "unwanted", False, None),
    ]
    # The number of earlier calls includes those that create and start a.
    assert ended == [("1", 0), ("2", 2), ("3", 2)]
    assert all(carry_out.ORPHAN_REASON in one["reasons"] for one in results[:2])


@pytest.mark.parametrize("change", [dict(image="nova:2"), dict(state="absent")], ids=str)
def test_a_container_that_the_engine_lost_is_disposed_of(fleet, change):
    """Only removing it would leave its process running, at the same time as that of its successor."""
    fleet.up("a", stop_timeout=7)
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, state=LOST)
    fleet.want("a", image=change.get("image", "nova:1"), stop_timeout=7)
    assert fleet.run(state=change.get("state", "present"))[0]["error"] is None
    assert fleet.engine.timeouts == {"a": 180 if "state" in change else 7}
    assert fleet.engine.containers() == [] or fleet.states() == {"n-a": ("running", "nova:2")}


def test_restarts_before_a_pause_do_not_count(fleet):
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, state="paused")
    fleet.engine.restarts[one.id] = 3
    (result,) = fleet.run(settle=0.03)
    assert result["error"] is None


def test_a_paused_service_that_owes_a_restart_is_restarted(fleet):
    fleet.up("a")
    fleet.want("a", content="v2")
    fleet.engine.fail("restart", "a")
    fleet.run()
    fleet.engine.failing.clear()
    fleet.engine.calls.clear()
    fleet.engine._set(fleet.engine.containers()[0], state="paused")
    fleet.run()
    assert did(fleet.engine) == ["unpause", "restart"]
    assert fleet.settled()


def test_a_renamed_container_gets_its_name_back_and_keeps_running(fleet):
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, name="by-hand")
    fleet.run()
    assert did(fleet.engine) == ["rename"]
    assert fleet.states() == {"n-a": ("running", "nova:1")}


def test_a_renamed_container_is_replaced_under_its_name(fleet):
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, name="by-hand")
    fleet.want("a", image="nova:2")
    fleet.run()
    assert fleet.states() == {"n-a": ("running", "nova:2")}


def test_a_successor_that_somebody_started_is_replaced(fleet):
    """It runs under the name that its own successor needs."""
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._set(one, name="n-a.next")
    fleet.want("a", image="nova:2")
    assert fleet.run()[0]["error"] is None
    assert fleet.states() == {"n-a": ("running", "nova:2")}


def test_removal_stops_first_and_takes_the_files(fleet):
    fleet.up("a", "b")
    del fleet.desired["a"]
    fleet.run(prune=True)
    assert did(fleet.engine) == ["stop", "remove"]
    assert (list(fleet.states()), list(fleet.store.read_all())) == (["n-b"], ["b"])


def test_what_lives_beside_the_service_is_stopped_before_it_is_removed(fleet):
    """Removing it would kill the process in the middle of an operation."""
    fleet.up("a")
    (one,) = fleet.engine.containers()
    fleet.engine._put("by-hand", one.labels, "nova:1", "paused")
    fleet.engine.twins.clear()
    fleet.run(state="absent")
    fleet.engine.twins.clear()
    calls = [(method, name) for method, _service, name in fleet.engine.calls]
    for name in ("n-a", "by-hand"):
        assert calls.index(("stop", name)) < calls.index(("remove", name))
    assert fleet.engine.containers() == []


def test_removing_what_somebody_removed_meanwhile_succeeds(fleet):
    fleet.up("a")
    steps = fleet.plan(state="absent")
    fleet.engine.here.clear()
    (result,) = fleet.run(steps)
    assert result["error"] is None
    assert fleet.store.read_all() == {}


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_waves_never_exceed_max_unavailable(fleet, size):
    names = [f"s{number}" for number in range(7)]
    fleet.up(*names)
    fleet.want(*names, image="nova:2")
    engine, most, down, lock = fleet.engine, [], set(), threading.Lock()
    dispose, containers = engine.dispose, engine.containers

    def stopping(container, timeout):
        with lock:
            down.add(container.id)
            most.append(len(down))
        dispose(container, timeout)

    def gate():
        down.clear()
        return containers()

    steps = fleet.plan()
    engine.dispose, engine.containers = stopping, gate
    fleet.run(steps, concurrency=8, max_unavailable=size, settle=0.01)
    assert max(most) <= size
    assert len(most) == 7
    assert set(fleet.states().values()) == {("running", "nova:2")}


def test_a_wave_starts_when_the_one_before_has_settled(fleet):
    fleet.up("a", "b")
    fleet.want("a", "b", content="v2")
    fleet.run(settle=0.03)
    methods = [(method, service) for method, service, _name in fleet.engine.calls]
    assert methods == [("restart", "a"), ("inspect", "a"), ("restart", "b"), ("inspect", "b")]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_concurrency_bounds_what_is_done_at_once(fleet, concurrency):
    fleet.want(*[f"s{number}" for number in range(9)])
    engine, busy, most, lock = fleet.engine, [], [], threading.Lock()
    create, meet = engine.create, threading.Barrier(concurrency)

    def creating(name, config):
        with lock:
            busy.append(name)
            most.append(len(busy))
        meet.wait(timeout=10)
        time.sleep(0.01)
        create(name, config)
        with lock:
            busy.remove(name)

    engine.create = creating
    fleet.run(concurrency=concurrency)
    assert max(most) == concurrency


def test_new_services_come_before_running_ones_are_touched(fleet):
    fleet.up("a")
    fleet.want("a", content="v2")
    fleet.want("b")
    fleet.run()
    assert did(fleet.engine) == ["create", "start", "restart"]


def failing_image(fleet, names, **options):
    fleet.up(*names)
    fleet.engine.end_at_once(names[0])
    fleet.want(*names, image="nova:2")
    return {one["name"]: one for one in fleet.run(settle=0.02, **options)}


def test_a_new_image_that_does_not_stay_up_stops_at_the_first_wave(fleet):
    results = failing_image(fleet, "abc")
    assert "did not stay up" in results["a"]["error"]
    for name in "bc":
        assert results[name]["error"] == "left as it was: the rollout stopped after 1 failures"
        assert results[name]["changed"] is False
    assert fleet.states()["n-b"] == fleet.states()["n-c"] == ("running", "nova:1")
    assert set(did(fleet.engine, "b")) == set()


def test_failures_within_the_budget_are_borne(fleet):
    results = failing_image(fleet, "abc", max_failures=1)
    assert [name for name, result in results.items() if result["error"]] == ["a"]
    assert fleet.states()["n-c"] == ("running", "nova:2")


def test_a_wave_is_finished_when_one_of_it_fails(fleet):
    results = failing_image(fleet, "abcd", max_unavailable=2)
    assert results["b"]["error"] is None
    assert [name for name, result in results.items() if "left as it was" in (result["error"] or "")] == ["c", "d"]


@pytest.mark.parametrize("method", ["create", "start"])
def test_failure_of_one_service_is_that_services_alone(fleet, method):
    fleet.want("a", "b", "c")
    fleet.engine.fail(method, "b")
    results = {one["name"]: one["error"] for one in fleet.run()}
    assert results == {"a": None, "b": f"{method} of b refused", "c": None}
    fleet.engine.failing.clear()
    fleet.run()
    assert fleet.settled()


def test_a_full_disk_fails_the_service_and_leaves_it_running(fleet, monkeypatch):
    fleet.up("a", "b")
    fleet.want("a", "b", image="nova:2", content="v2")
    replace = FileStore._replace

    def full(self, directory, name, *rest):
        if directory.endswith("/a") and name == "nova.conf":
            raise OSError(28, "No space left on device")
        replace(self, directory, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "_replace", full)
        results = fleet.run(max_failures=9)
    assert ["No space" in (one["error"] or "") for one in results] == [True, False]
    assert fleet.states()["n-a"] == ("running", "nova:1")
    fleet.run()
    assert fleet.settled()


def full_disk(monkeypatch, owner, name, service, times):
    """The disk is full at the given calls of a function, counted from 1, for the directory of one service."""
    original, calls = getattr(owner, name), []

    def function(self, directory, *rest):
        if directory.endswith(service):
            calls.append(directory)
            if len(calls) in times:
                raise OSError(28, "No space left on device")
        return original(self, directory, *rest)

    monkeypatch.setattr(owner, name, function)
    return calls


@pytest.mark.parametrize(
    ("change", "which"),
    [
        # Before the files, after unwanted files are deleted, and after the start.
        (dict(image="nova:2", content="v2"), 1),
        (dict(content=""), 2),
        (dict(image="nova:2", content="v2"), 2),
    ],
    ids=["first", "second", "settling"],
)
def test_a_manifest_that_cannot_be_written_fails_its_service_only(fleet, monkeypatch, change, which):
    fleet.up("a", "b")
    fleet.want("a", "b", **change)
    with monkeypatch.context() as patch:
        writes = full_disk(patch, FileStore, "_write_manifest", "a", {which})
        results = fleet.run(max_failures=9)
    assert len(writes) == which
    assert ["No space" in (one["error"] or "") for one in results] == [True, False]
    assert fleet.progress.failed == 1
    assert [one.state for one in fleet.engine.containers() if one.name == "n-a"] == ["running"]
    assert not [one["error"] for one in fleet.run() if one["error"]]
    assert fleet.settled()


def test_progress_that_cannot_be_noted_fails_nothing(fleet, tmp_path):
    fleet.want("a", "b")
    fleet.progress_path = str(tmp_path / "nowhere" / "progress.json")
    assert [one["error"] for one in fleet.run()] == [None, None]


@pytest.mark.parametrize("method", ["create", "stop"])
def test_a_failed_replacement_leaves_the_predecessor_running(fleet, method):
    fleet.up("a")
    fleet.want("a", image="nova:2")
    fleet.engine.fail(method, "a", EngineTimeout("no answer in time"))
    (result,) = fleet.run()
    assert result["error"] == "no answer in time"
    assert fleet.states()["n-a"] == ("running", "nova:1")
    fleet.engine.failing.clear()
    fleet.run()
    assert fleet.settled()


def test_a_name_taken_during_the_run_is_that_services_failure(fleet):
    fleet.want("a", "b")
    steps = fleet.plan()
    fleet.engine._put("n-a", {}, "nova:1", "running")
    results = fleet.run(steps)
    assert [one["error"] for one in results] == ["name n-a is taken", None]
    assert len(fleet.engine.containers()) == 2


def as_parts(steps, **parts):
    return [dataclasses.replace(step, part=parts.get(step.service)) for step in steps]


def test_standbys_go_before_the_waves_and_all_at_once(fleet):
    fleet.up("a", "b", "c", "d")
    fleet.want("a", "b", "c", "d", image="nova:2")
    steps = as_parts(fleet.plan(), a="active", b="standby", c="starting")
    results = fleet.run(steps, concurrency=1, max_unavailable=1)
    stopped = [service for method, service, _name in fleet.engine.calls if method == "stop"]
    assert stopped == ["b", "c", "a", "d"]
    assert [one["part"] for one in results] == ["active", "standby", "starting", None]


def test_a_standby_that_fails_leaves_the_budget_of_the_waves_alone(fleet):
    fleet.up("a", "b", "c")
    fleet.want("a", "b", "c", image="nova:2")
    fleet.engine.fail("stop", "b")
    results = fleet.run(as_parts(fleet.plan(), a="active", b="standby", c="active"))
    assert [one["error"] for one in results] == [None, "stop of b refused", None]


def test_a_service_that_lost_all_its_files_is_settled(fleet):
    fleet.up("a")
    fleet.want("a", content="")
    fleet.run()
    assert fleet.settled()


def test_a_restart_that_failed_is_still_owed(fleet):
    fleet.up("a")
    fleet.want("a", content="v2")
    fleet.engine.fail("restart", "a")
    assert fleet.run()[0]["error"]
    fleet.engine.failing.clear()
    (step,) = fleet.plan()
    assert (step.action, step.write) == ("restart", ())
    fleet.run()
    assert fleet.settled()


def scene_create(fleet):
    fleet.want("a")


def scene_recreate(fleet):
    fleet.up("a")
    fleet.want("a", image="nova:2", content="v2")


def scene_restart(fleet):
    fleet.up("a")
    fleet.want("a", content="v2")


def scene_paused(fleet):
    fleet.up("a")
    fleet.engine._set(fleet.engine.containers()[0], state="paused")
    fleet.want("a", content="v2")


def scene_renamed(fleet):
    fleet.up("a")
    fleet.engine._set(fleet.engine.containers()[0], name="by-hand")
    fleet.want("a", image="nova:2")


def scene_prune(fleet):
    fleet.up("a", "b")
    del fleet.desired["b"]


SCENES = [scene_create, scene_recreate, scene_restart, scene_paused, scene_renamed, scene_prune]


@pytest.mark.parametrize("scene", SCENES)
def test_killed_at_any_point_the_next_run_converges(fleet, scene, killed, monkeypatch, tmp_path):
    """The process dies at its k-th call of the engine or change of a file, for every k."""
    moment, ended = 0, False
    while not ended:
        fleet.engine.here.clear()
        fleet.desired.clear()
        fleet.store.root = str(tmp_path / str(moment))
        scene(fleet)
        fleet.engine.calls.clear()
        ended = not dies(fleet, moment, killed, monkeypatch)
        fleet.engine.kill_at = None
        assert not [one["error"] for one in fleet.run(prune=True) if one["error"]]
        assert not [step for step in fleet.plan(prune=True) if step.changed], f"not settled when killed at {moment}"
        assert {one.name for one in fleet.engine.containers()} == {one.container for one in fleet.desired.values()}
        moment += 1
    assert moment > 2


def dies(fleet, moment, killed, monkeypatch):
    """Run and die at a moment. Return whether the run reached it."""
    fleet.engine.kill_at = moment
    with monkeypatch.context() as patch:
        for owner, name in ((_files.os, "rename"), (_files.os, "unlink"), (_files.os, "mkdir"), (_files.os, "chmod")):
            patch.setattr(owner, name, counted(fleet.engine, getattr(owner, name)))
        try:
            fleet.run(prune=True)
        except killed:
            return True
    return False


def counted(engine, function):
    def call(*args, **options):
        engine._called(function.__name__, None, args[0])
        return function(*args, **options)

    return call
