# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import time

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base, choice
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import client, images
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine

PAGE = b"<html><body><h1>Back soon</h1></body></html>"
RUNNING = base.Container(id="x", name="x", state="running")


@pytest.mark.parametrize("version", ["1.24", "1.39"])
def test_an_engine_below_the_floor_is_refused(server, params, version):
    server.answers[:] = [("/version", 200, {"ApiVersion": version})]
    with pytest.raises(base.EngineError, match=r"or newer"):
        connect(params)


def test_an_engine_that_is_silent_is_a_time_out(server, params):
    engine = DockerEngine(connect(params))
    server.answers.append(("/start", 204, None))
    server.hold.clear()
    with pytest.raises(base.EngineTimeout, match="docker_timeout"):
        engine.start("x")


def test_an_engine_that_is_not_there_is_unreachable(params):
    with pytest.raises(base.EngineUnreachable, match="Is the engine running"):
        connect(dict(params, docker_host="unix:///nowhere/docker.sock"))


def test_a_proxy_of_the_environment_is_not_on_the_way(server, params, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.answers.append(("/containers/json", 200, []))
    assert DockerEngine(connect(params)).containers() == []


def test_docker_host_of_the_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2376")
    validated = ArgumentSpecValidator(choice.ENGINE_ARGUMENT_SPEC).validate({})
    assert validated.validated_parameters["docker_host"] == "tcp://engine:2376"


@pytest.mark.parametrize("body", [{}, None, PAGE])
def test_what_answers_without_a_version_is_no_engine(server, params, body):
    server.answers[:] = [("/version", 200, body)]
    with pytest.raises(base.EngineError, match="Could not connect to Docker at tcp:.*: the answer is not one of"):
        connect(params)


CHANGES = {
    "start": lambda engine: engine.start("x"),
    "restart": lambda engine: engine.restart("x", 1),
    "stop": lambda engine: engine.stop(RUNNING, 1),
    "rename": lambda engine: engine.rename("x", "y"),
    "unpause": lambda engine: engine.unpause("x"),
    "remove": lambda engine: engine.remove("x"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("status", "kind"), [(200, "text/html"), (202, "application/json"), (404, "text/html")])
def test_a_change_that_a_page_answers_was_not_made(server, params, change, status, kind):
    """A proxy in front of the engine. Read as done, the container would run on without its files."""
    engine = DockerEngine(connect(params))
    server.kind = kind
    server.answers.append(("/containers/x", status, PAGE))
    with pytest.raises(base.EngineError, match=f"answered {status} with {kind}.* Is docker_host that of") as raised:
        CHANGES[change](engine)
    assert not isinstance(raised.value, base.NotFound)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("status", [204, 304])
def test_a_change_that_an_engine_answers_was_made(server, params, change, status):
    server.answers.append(("/containers/x", status, b""))
    CHANGES[change](DockerEngine(connect(params)))


def test_a_page_that_is_not_found_is_no_missing_image(server, params):
    engine = DockerEngine(connect(params))
    server.answers.append(("/images/nova:1/json", 404, dict(message="No such image: nova:1")))
    assert engine.image_ids(["nova:1"]) == {"nova:1": None}
    server.kind = "text/html"
    with pytest.raises(base.EngineError, match="answered 404 with text/html"):
        engine.image_ids(["nova:1"])


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(images, "WHOLE_IMAGE_SECONDS", 1)


ATTEMPTS = {
    "pull": lambda store, path: store.pull("nova:1"),
    "load": lambda store, path: store.load(path),
    "import": lambda store, path: store.import_root(path, "nova:1", []),
    "save": lambda store, path: store.save("nova:1", path + ".saved"),
}


@pytest.mark.parametrize("attempt", sorted(ATTEMPTS))
@pytest.mark.parametrize("begins", [False, True], ids=["silent", "stops amid its answer"])
def test_no_request_waits_without_end(stalling, short, params, tmp_path, attempt, begins):
    """The SDK sets no time-out of its own for a pull and an import, and removes that of a save."""
    stalling.begins = begins
    path = tmp_path / "archive.tar"
    path.write_bytes(b"x" * 10)
    api = client.connect(dict(params, docker_host=f"tcp://127.0.0.1:{stalling.server_port}"))
    begin = time.monotonic()
    with pytest.raises(base.EngineTimeout, match=r"(pull|load|import|save) .*no answer in time"):
        ATTEMPTS[attempt](images.DockerImages(api), str(path))
    assert time.monotonic() - begin < 8
