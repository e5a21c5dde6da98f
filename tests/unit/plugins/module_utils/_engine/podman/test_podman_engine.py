# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as Podman does."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman import processes
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.engine import PodmanEngine

ID = "c0ffee00" * 8
ENTRY = dict(
    Id=ID,
    Names=["n-a"],
    Image="docker.io/library/nova:1",
    ImageID="ab" * 32,
    State="running",
    Status="",
    Created="2026-11-28T03:00:00.123456789+02:00",
    StartedAt=1,
    ExitedAt=1,
    ExitCode=3,
    Labels=None,
    Pid=0,
)


@pytest.fixture
def engine(server, params):
    made = PodmanEngine(connect(params))
    server.asked.clear()
    return made


def listed(server, *entries):
    server.answers.append(("/libpod/containers/json", 200, list(entries)))


def test_all_containers_are_one_request_to_podmans_own_api(engine, server):
    listed(server, ENTRY)
    (found,) = engine.containers()
    assert server.asked == ["/v4.0.0/libpod/containers/json?all=True"]
    assert (found.id, found.name, found.image_id, found.labels) == (ID, "n-a", "sha256:" + "ab" * 32, {})
    assert found.created == 1795827600


@pytest.mark.parametrize("status", ["starting", "healthy", "unhealthy"])
def test_the_health_is_in_the_list(engine, server, status):
    listed(server, dict(ENTRY, Status=status))
    assert engine.containers()[0].health == status


def test_without_a_health_check_there_is_no_health(engine, server):
    listed(server, dict(ENTRY, Status="stopped"))
    assert engine.containers()[0].health == ""


@pytest.mark.parametrize(
    ("state", "known", "words"),
    [
        ("created", "created", "Created"),
        ("initialized", "created", "Initialized"),
        ("running", "running", "Up "),
        ("paused", "paused", "Up "),
        ("stopping", "removing", "Stopping"),
        ("stopped", "exited", "Exited (3) "),
        ("exited", "exited", "Exited (3) "),
        ("removing", "removing", "Removing"),
        ("unknown", "dead", "Unknown"),
    ],
)
def test_states_are_those_that_every_engine_has(engine, server, state, known, words):
    listed(server, dict(ENTRY, State=state))
    (found,) = engine.containers()
    assert found.state == known and found.status.startswith(words)


@pytest.mark.parametrize("body", [{}, None, [{}], [dict(ENTRY, Pid=None)], "page"])
def test_a_list_that_is_not_podmans_is_no_empty_list(engine, server, body):
    server.answers.append(("/libpod/containers/json", 200, body))
    with pytest.raises(base.EngineError, match="Could not list containers: the answer is not one of"):
        engine.containers()


def test_what_confines_containers(engine, server):
    security = dict(selinuxEnabled=True, apparmorEnabled=False, rootless=True, seccompEnabled=True)
    server.answers.append(("/libpod/info", 200, {"host": {"security": security}}))
    assert engine.security() == {"selinux", "rootless"}


def refused(engine, server, reason, policy):
    """The error of a creation to which Podman answers 500."""
    listed(server)
    server.answers.append(("/containers/create", 500, {"message": reason, "cause": "x", "response": 500}))
    with pytest.raises(base.EngineError) as raised:
        engine.rehearse(ContainerSpec("i", policy))
    return raised.value


@pytest.mark.parametrize(
    ("reason", "words", "fix"),
    [
        ("container create: container-init binary not found on the host: stat: no such file", "container-init", "cat"),
        ("fill out specgen: invalid capability NO_SUCH", "invalid capability NO_SUCH", ""),
        ("make cli opts(): bad mode", "bad mode", ""),
    ],
)
def test_what_podman_says_of_wrong_settings_is_a_rejection(engine, server, policy, reason, words, fix):
    error = refused(engine, server, reason, policy)
    assert isinstance(error, base.Rejected)
    assert error.reason.startswith(words) and fix in error.fix


@pytest.mark.parametrize(
    "reason",
    ["container create: write /var/lib/x: no space left on device", "looking up image: boom", "the name is in use"],
)
def test_what_is_not_about_settings_is_no_rejection(engine, server, policy, reason):
    error = refused(engine, server, reason, policy)
    assert not isinstance(error, base.Rejected) and reason in str(error)


UNMOUNTED = "mounting storage for container a: lstat /x/merged: no such file or directory"


def test_a_file_system_that_was_not_mounted_is_mounted_at_the_next_try(engine, server):
    server.once += [("/start", 500, {"message": UNMOUNTED})]
    server.answers.append(("/start", 204, None))
    engine.start("a")
    assert len(server.asked) == 2


@pytest.mark.parametrize(("reason", "tries"), [(UNMOUNTED, 3), ("no such file or directory: /bin/x", 1)])
def test_what_fails_again_or_for_another_reason_is_told(engine, server, reason, tries):
    server.answers.append(("/start", 500, {"message": reason}))
    with pytest.raises(base.EngineError, match="no such file or directory"):
        engine.start("a")
    assert len(server.asked) == tries


@pytest.fixture
def ended(monkeypatch):
    """Containers whose processes were to be ended."""
    idents = []
    monkeypatch.setattr(processes, "end", lambda ident, timeout: idents.append((ident, timeout)))
    return idents


def container(state):
    return base.Container(id=ID, name="n-a", state=state)


def test_what_podman_stops_needs_no_look_at_processes(engine, server, ended):
    server.answers += [("/stop", 204, None), (f"/containers/{ID}", 204, None)]
    engine.dispose(container("running"), 30)
    assert [one.rpartition("/")[2].partition("?")[0] for one in server.asked] == ["stop", ID]
    assert ended == []


def test_what_podman_cannot_stop_is_ended_by_its_processes_and_removed(engine, server, ended):
    server.answers += [("/stop", 500, {"message": "conmon process missing"}), (f"/containers/{ID}", 204, None)]
    engine.dispose(container("dead"), 30)
    assert ended == [(ID, 30)]
    assert server.asked[-1].partition("?")[0].endswith(ID)


def test_what_podman_takes_for_stopped_is_ended_before_and_looked_for_afterwards(engine, server, ended):
    server.answers += [("/stop", 304, None), (f"/containers/{ID}", 204, None)]
    engine.dispose(container(LOST), 30)
    assert ended == [(ID, 30), (ID, 30)]


def test_a_podman_that_does_not_answer_is_asked_for_nothing_more(engine, server, ended):
    server.answers.append(("/stop", 204, None))
    server.hold.clear()
    with pytest.raises(base.EngineTimeout):
        engine.dispose(container("running"), 0)
    assert ended == [] and len(server.asked) == 1


def test_what_is_gone_already_is_no_error(engine, server, ended):
    server.answers += [("/stop", 404, {"message": "no such container"}), (f"/containers/{ID}", 404, {"message": "no"})]
    engine.dispose(container("running"), 30)
    assert ended == []
