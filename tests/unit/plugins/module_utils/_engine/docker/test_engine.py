# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import shims
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine


@pytest.mark.parametrize(
    "attempt, path",
    [(lambda engine: engine.start("1"), "start"), (lambda engine: engine.restart("1", 30), "restart?t=30")],
)
def test_what_a_failed_start_left_in_the_host_network_is_forgotten_before_one_more_try(server, params, attempt, path):
    engine = DockerEngine(connect(params))
    server.once.append((path, 403, {"message": "endpoint with name x already exists in network host"}))
    server.answers += [("/networks/host/disconnect", 200, None), ("/start", 204, None)]
    server.asked.clear()
    attempt(engine)
    assert [one.partition("/v1.41")[2] for one in server.asked] == [
        f"/containers/1/{path}",
        "/networks/host/disconnect",
        "/containers/1/start",
    ]


def test_what_is_left_all_the_same_is_told(server, params):
    taken = ("/start", 403, {"message": "endpoint with name x already exists in network host"})
    server.answers += [taken, ("/networks/host/disconnect", 200, None)]
    with pytest.raises(base.EngineError, match="already exists in network host"):
        DockerEngine(connect(params)).start("1")


def test_an_endpoint_of_a_network_that_connects_somebody_stays(server, params):
    engine = DockerEngine(connect(params))
    server.answers.append(("/start", 403, {"message": "endpoint with name x already exists in network bridge"}))
    server.asked.clear()
    with pytest.raises(base.EngineError, match="network bridge"):
        engine.start("1")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "status, health",
    [
        ("Up 3 minutes", ""),
        ("Up 1 second (health: starting)", "starting"),
        ("Up 2 hours (healthy)", "healthy"),
        ("Up 2 hours (unhealthy)", "unhealthy"),
        ("Exited (0) 3 minutes ago", ""),
    ],
)
def test_all_containers_are_one_request_with_their_health(server, params, status, health):
    entry = dict(Id="1", Names=["/n"], Image="i", ImageID="sha256:1", State="running", Status=status, Created=1)
    server.answers.append(("/containers/json", 200, [dict(entry, Labels=None)]))
    engine = DockerEngine(connect(params))
    server.asked.clear()
    (found,) = engine.containers()
    assert (found.name, found.health, found.labels) == ("n", health, {})
    assert len(server.asked) == 1


PAGE = b"<html><body><h1>Back soon</h1></body></html>"


@pytest.mark.parametrize("body", [{}, None, [{}], [None], ["a"], "page", PAGE, b'[{"Id": "1", '])
def test_a_list_that_is_none_of_dockers_is_no_empty_list(server, params, body):
    server.answers += [("/containers/json", 200, body)]
    with pytest.raises(base.EngineError, match="Could not list containers: the answer is not one of Docker's API"):
        DockerEngine(connect(params)).containers()


@pytest.mark.parametrize("body", [{}, None, {"State": {}}, {"State": None, "RestartCount": 0}, PAGE])
def test_details_without_their_keys_are_no_details(server, params, body):
    server.answers += [("/containers/a/json", 200, body)]
    with pytest.raises(base.EngineError, match="Could not inspect container a: the answer is not one of Docker's API"):
        DockerEngine(connect(params)).inspect("a")


def test_the_time_of_a_start_is_utc(server, params):
    """A heartbeat would always seem older than a start that is hours ahead."""
    started = dict(State=dict(StartedAt="2026-11-28T23:48:04.5+01:00"), RestartCount=0)
    server.answers += [("/containers/a/json", 200, started)]
    assert DockerEngine(connect(params)).inspect("a").started_at == "2026-11-28T22:48:04Z"


def test_a_page_that_comes_with_an_error_is_not_shown(server, params):
    server.answers += [("/containers/json", 502, PAGE)]
    with pytest.raises(base.EngineError, match="Could not list containers: HTTP 502, with a page of HTML.") as raised:
        DockerEngine(connect(params)).containers()
    assert "Back soon" not in str(raised.value)


def test_what_confines_containers_is_read_of_the_engine(server, params):
    told = ["name=seccomp,profile=default", "name=userns", "name=selinux"]
    server.answers.append(("/info", 200, {"SecurityOptions": told}))
    assert DockerEngine(connect(params)).security() == {"seccomp", "userns", "selinux"}
    server.answers[-1] = ("/info", 200, {"SecurityOptions": None})
    assert DockerEngine(connect(params)).security() == set()


@pytest.fixture
def disposing(server, params, monkeypatch):
    """Function that disposes of a container in a state. It returns the requests and the calls of shims."""

    def dispose(state, stop=204):
        done = []
        server.answers += [("/stop", stop, {"message": "x"}), ("/unpause", 204, None), ("/containers/1?", 204, None)]
        engine = DockerEngine(connect(params))
        monkeypatch.setattr(shims, "end", lambda ident, timeout, _shims: done.append(("end", ident, timeout)))
        monkeypatch.setattr(shims, "end_removed", lambda ident, timeout, _shims: done.extend(
            [*(path.partition("/containers/")[2].partition("?")[0] for path in server.asked), ("rest", ident, timeout)]
        ))  # fmt: skip
        server.asked.clear()
        engine.dispose(base.Container("1", "n-a", state=state), 7)
        return done

    return dispose


@pytest.mark.parametrize(
    ("state", "stop", "done"),
    [
        ("running", 204, ["1/stop", "1"]),
        ("exited", 304, ["1/stop", "1"]),
        ("paused", 204, ["1/unpause", "1/stop", "1"]),
        # Another program removed the container, but its process may still be running.
        ("running", 404, ["1/stop"]),
    ],
)
def test_what_a_removed_container_leaves_alive_is_ended(disposing, state, stop, done):
    assert disposing(state, stop) == [*done, ("rest", "1", 7)]


def test_a_container_that_the_engine_lost_is_ended_before_it_is_removed(disposing):
    """Removing it would leave its process running, at the same time as that of its successor."""
    assert disposing(LOST) == [("end", "1", 7), "1/stop", "1", ("rest", "1", 7)]


def test_a_container_that_cannot_be_stopped_is_not_removed(server, params):
    server.answers.append(("/stop", 500, {"message": "no"}))
    engine = DockerEngine(connect(params))
    server.asked.clear()
    with pytest.raises(base.EngineError, match="Could not stop container 1"):
        engine.dispose(base.Container("1", "n-a"), 7)
    assert len(server.asked) == 1
