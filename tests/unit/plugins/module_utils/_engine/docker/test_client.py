# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import http.server
import io
import json
import sys
import tarfile
import threading
import time

import docker
import pytest
import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import client
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import Engine, connect


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the server's lists of (part of the path, status, body), bytes as they are; counts what was asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = next(one for one in [*self.server.once, *self.server.answers] if one[0] in self.path)
        if answer in self.server.once:
            self.server.once.remove(answer)
        _part, status, body = answer
        self.server.hold.wait(10)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_words):
        pass


@pytest.fixture
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.answers, made.once = [("/version", 200, {"ApiVersion": "1.41"})], []
    made.asked, made.hold = [], threading.Event()
    made.hold.set()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.hold.set()
    made.shutdown()
    made.server_close()


@pytest.fixture
def params(server):
    given = dict(docker_host=f"tcp://127.0.0.1:{server.server_port}", docker_timeout=1)
    return ArgumentSpecValidator(client.ENGINE_ARGUMENT_SPEC).validate(given).validated_parameters


@pytest.mark.parametrize("version", ["1.24", "1.39"])
def test_an_engine_below_the_floor_is_refused(server, params, version):
    server.answers[:] = [("/version", 200, {"ApiVersion": version})]
    with pytest.raises(client.EngineError, match=r"or newer"):
        connect(params)


@pytest.mark.parametrize(
    "status, error",
    [
        (400, client.Rejected),
        (404, client.NotFound),
        (409, client.Conflict),
        (500, client.EngineError),
    ],
)
def test_what_the_engine_refuses_is_typed_and_says_why(server, params, status, error):
    server.answers.append(("/start", status, {"message": "the reason"}))
    with pytest.raises(error, match="Could not start container x: .*the reason") as raised:
        Engine(connect(params)).start("x")
    assert raised.type is error


@pytest.mark.parametrize(
    "attempt, path",
    [(lambda engine: engine.start("1"), "start"), (lambda engine: engine.restart("1", 30), "restart?t=30")],
)
def test_what_a_failed_start_left_in_the_host_network_is_forgotten_before_one_more_try(server, params, attempt, path):
    engine = Engine(connect(params))
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
    with pytest.raises(client.EngineError, match="already exists in network host"):
        Engine(connect(params)).start("1")


def test_an_endpoint_of_a_network_that_connects_somebody_stays(server, params):
    engine = Engine(connect(params))
    server.answers.append(("/start", 403, {"message": "endpoint with name x already exists in network bridge"}))
    server.asked.clear()
    with pytest.raises(client.EngineError, match="network bridge"):
        engine.start("1")
    assert len(server.asked) == 1


def test_an_engine_that_is_silent_is_a_time_out(server, params):
    engine = Engine(connect(params))
    server.answers.append(("/start", 204, None))
    server.hold.clear()
    with pytest.raises(client.EngineTimeout, match="docker_timeout"):
        engine.start("x")


def test_an_engine_that_is_not_there_is_unreachable(params):
    with pytest.raises(client.EngineUnreachable, match="Is the engine running"):
        connect(dict(params, docker_host="unix:///nowhere/docker.sock"))


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
    engine = Engine(connect(params))
    server.asked.clear()
    (found,) = engine.containers()
    assert (found.name, found.health, found.labels) == ("n", health, {})
    assert len(server.asked) == 1


def test_a_proxy_of_the_environment_is_not_on_the_way(server, params, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.answers.append(("/containers/json", 200, []))
    assert Engine(connect(params)).containers() == []


def test_docker_host_of_the_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2376")
    validated = ArgumentSpecValidator(client.ENGINE_ARGUMENT_SPEC).validate({})
    assert validated.validated_parameters["docker_host"] == "tcp://engine:2376"


def archive(name, content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        made.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "answer, expected",
    [
        ((200, archive("options.json", b"{}")), b"{}"),
        ((404, {"message": "Could not find the file"}), None),
    ],
)
def test_a_file_is_read_in_a_container_that_is_never_started_and_not_left(server, params, answer, expected):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", *answer),
        ("/containers/", 204, None),
    ]
    engine = Engine(connect(params))
    server.asked.clear()
    assert engine.read_file("sha256:0123456789abcdef", "/usr/share/x/options.json") == expected
    assert paths(server) == [
        "/containers/json",
        "/containers/create",
        "/containers/made/archive",
        "/containers/made",
    ]


PAGE = b"<html><body><h1>Back soon</h1></body></html>"


@pytest.mark.parametrize("body", [{}, None, [{}], [None], ["a"], "page", PAGE, b'[{"Id": "1", '])
def test_a_list_that_is_none_of_dockers_is_no_empty_list(server, params, body):
    server.answers += [("/containers/json", 200, body)]
    with pytest.raises(client.EngineError, match="Could not list containers: the answer is not one of Docker's API"):
        Engine(connect(params)).containers()


@pytest.mark.parametrize("body", [{}, None, {"State": {}}, {"State": None, "RestartCount": 0}, PAGE])
def test_details_without_their_keys_are_no_details(server, params, body):
    server.answers += [("/containers/a/json", 200, body)]
    with pytest.raises(
        client.EngineError, match="Could not inspect container a: the answer is not one of Docker's API"
    ):
        Engine(connect(params)).inspect("a")


def test_a_page_that_comes_with_an_error_is_not_shown(server, params):
    server.answers += [("/containers/json", 502, PAGE)]
    with pytest.raises(client.EngineError, match="Could not list containers: HTTP 502, with a page of HTML.") as raised:
        Engine(connect(params)).containers()
    assert "Back soon" not in str(raised.value)


@pytest.mark.parametrize("body", [{}, None, PAGE])
def test_what_answers_without_a_version_is_no_engine(server, params, body):
    server.answers[:] = [("/version", 200, body)]
    with pytest.raises(client.EngineError, match="Could not connect to Docker at tcp:.*: the answer is not one of"):
        connect(params)


def paths(server):
    """What was asked, without the version and the parameters."""
    return [path.partition("?")[0].rpartition("/v1.41")[2] for path in server.asked]


def test_two_readers_of_an_image_have_a_container_each(server, params):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", 200, archive("options.json", b"{}")),
        ("/containers/", 204, None),
    ]
    engine = Engine(connect(params))
    for _reader in range(2):
        engine.read_file("sha256:0123456789abcdef", "/x")
    names = {path.partition("name=")[2] for path in server.asked if "/create" in path}
    assert len(names) == 2 and all(client.ASIDE.fullmatch(name) for name in names)


def test_a_reader_whose_container_was_taken_away_says_so(server, params):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", 404, {"message": "No such container: made"}),
        ("/containers/", 204, None),
    ]
    with pytest.raises(client.EngineError, match="No such container"):
        Engine(connect(params)).read_file("sha256:1", "/x")


def test_what_a_run_that_was_cut_off_has_left_is_removed_and_nothing_else(server, params):
    old, now = 1, int(time.time())
    entries = [
        ("novafleet-read-0123456789ab", "created", old),
        ("novafleet-try-" + "0" * 32, "created", old),
        ("novafleet-try-" + "1" * 32, "created", now),
        ("novafleet-read-0123456789ac", "running", old),
        ("novafleet-reader", "created", old),
        ("other", "created", old),
    ]
    server.answers += [
        ("/containers/json", 200, [listed(*entry) for entry in entries]),
        ("/containers/create", 201, {"Id": "made"}),
        ("/containers/", 204, None),
    ]
    engine = Engine(connect(params))
    server.asked.clear()
    engine.rehearse({"Image": "i"})
    assert paths(server) == [
        "/containers/json",
        "/containers/novafleet-read-0123456789ab",
        "/containers/novafleet-try-" + "0" * 32,
        "/containers/create",
        "/containers/made",
    ]


def listed(name, state, created):
    return dict(
        Id=name, Names=[f"/{name}"], Image="i", ImageID="sha256:1", State=state, Status="", Created=created, Labels={}
    )


def test_a_rehearsal_that_is_refused_says_why(server, params):
    server.answers += [("/containers/json", 200, []), ("/containers/create", 400, {"message": "unknown log opt"})]
    with pytest.raises(client.EngineError, match="unknown log opt"):
        Engine(connect(params)).rehearse({"Image": "i"})


def test_what_confines_containers_is_read_of_the_engine(server, params):
    told = ["name=seccomp,profile=default", "name=userns", "name=selinux"]
    server.answers.append(("/info", 200, {"SecurityOptions": told}))
    assert Engine(connect(params)).security() == {"seccomp", "userns", "selinux"}
    server.answers[-1] = ("/info", 200, {"SecurityOptions": None})
    assert Engine(connect(params)).security() == set()


@pytest.mark.parametrize(
    "words", ["Not supported URL scheme http+docker", "request() got an unexpected keyword argument 'chunked'"]
)
def test_an_sdk_that_does_not_fit_its_libraries_is_named_with_the_one_that_does(params, monkeypatch, words):
    def refused(*_words, **_options):
        raise TypeError(words) if "chunked" in words else docker.errors.DockerException(words)

    monkeypatch.setattr(docker.APIClient, "version", refused)
    with pytest.raises(client.SdkUnusable) as raised:
        connect(params)
    told = str(raised.value)
    assert f"SDK for Python {docker.__version__}" in told and f"requests {requests.__version__}" in told
    assert "docker>=7.1.0" in told and "engine running" not in told


def test_an_sdk_that_cannot_be_imported_is_told_with_the_interpreter(params, monkeypatch):
    monkeypatch.setattr(client, "docker", None)
    monkeypatch.setattr(client, "DOCKER_IMPORT_ERROR", "No module named 'distutils'")
    with pytest.raises(client.SdkUnusable, match=f"(?s)cannot be imported by {sys.executable}.*distutils"):
        connect(params)


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("to_come", [True, False])
def test_only_a_check_run_takes_an_engine_for_one_that_is_to_come(params, check_mode, to_come):
    params = dict(params, docker_host="unix:///nowhere/docker.sock", engine_to_come=to_come)
    new = client.NewEngine()
    if check_mode and to_come:
        assert client.reach(lambda: connect(params), new, params, check_mode) is new
        assert (new.containers(), new.image_ids(["a"]), new.security()) == ([], {"a": None}, set())
        return
    with pytest.raises(client.EngineUnreachable):
        client.reach(lambda: connect(params), new, params, check_mode)


def test_an_engine_that_is_too_old_is_not_one_that_is_to_come(server, params):
    server.answers[:] = [("/version", 200, {"ApiVersion": "1.24"})]
    with pytest.raises(client.EngineError, match="or newer"):
        client.reach(lambda: connect(params), None, dict(params, engine_to_come=True), True)
