# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small HTTP server that answers as an engine does, options to connect to it, and a Docker API in memory."""

from __future__ import annotations

import copy
import hashlib
import http.server
import io
import json
import tarfile
import threading

import docker.errors
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine import image_state
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.images import DockerImages


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the server's lists of (part of the path, status, body), and counts requests.

    Bytes are sent unchanged.
    """

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = next(one for one in [*self.server.once, *self.server.answers] if one[0] in self.path)
        if answer in self.server.once:
            self.server.once.remove(answer)
        _part, status, body = answer
        self.server.hold.wait(10)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", self.server.kind)
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
    made.asked, made.hold, made.kind = [], threading.Event(), "application/json"
    made.hold.set()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.hold.set()
    made.shutdown()
    made.server_close()


@pytest.fixture
def params(server):
    given = dict(docker_host=f"tcp://127.0.0.1:{server.server_port}", docker_timeout=1)
    return ArgumentSpecValidator(ENGINE_ARGUMENT_SPEC).validate(given).validated_parameters


class StallingHandler(Handler):
    """Answers with its version, and with at most the beginning of any other answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.endswith("/version"):
            return super().do_GET()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.begins:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            event = b'{"status": "Pulling"}\n'
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
        self.server.end.wait(30)
        self.close_connection = True
        return None

    do_POST = do_DELETE = do_GET


@pytest.fixture
def stalling(server):
    """A server that accepts connections and does not answer or, with begins, ends in the middle of the answer."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StallingHandler)
    made.answers, made.once, made.asked, made.hold = server.answers, [], [], server.hold
    made.begins, made.end, made.kind = False, threading.Event(), "application/json"
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.end.set()
    made.shutdown()
    made.server_close()


BUILD = {
    "base": "base:1",
    "script": "true",
    "mounts": [{"source": "/rpms", "target": "/mnt", "read_only": True}],
    "environment": {"PIP_INDEX_URL": "https://me:it's-secret@index/"},
    "network": "host",
    "timeout": 5,
    "commit": True,
}


class Api:
    """The calls of Docker that the module makes: images by name, containers by name, calls in order."""

    timeout = 60

    def __init__(self):
        self.images, self.containers, self.calls = {}, {}, []
        self.exit_code, self.running, self.loads, self.in_use = 0, False, (), set()
        self.events = []
        self.add("base:1", Cmd=["/bin/bash"], User="7:8")

    def add(self, name, **config):
        self.images[name] = {
            "Id": "sha256:" + hashlib.sha256(f"{len(self.calls)} {name}".encode()).hexdigest(),
            "Config": config,
            "Size": 1,
            "RepoTags": [name],
        }

    def inspect_image(self, name):
        if name not in self.images:
            raise docker.errors.ImageNotFound(name)
        return self.images[name]

    def pull(self, repository, tag, **_options):
        self.calls.append(("pull", repository, tag))
        if self.events:
            return self.events
        self.add(f"{repository}@{tag}" if tag.startswith("sha256:") else f"{repository}:{tag}")
        return [{"status": "done"}]

    def load_image(self, _stream):
        for name in self.loads:
            self.add(name)
        return self.events or [{"stream": f"Loaded image: {name}\n"} for name in self.loads]

    def import_image(self, repository, tag, changes, **_options):
        self.calls.append(("import", changes))
        self.add(f"{repository}:{tag}")
        return '{"status": "sha256:1"}\n'

    def get_image(self, name):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            text = json.dumps([{"Config": self.images[name]["Id"].split(":", 1)[1] + ".json"}]).encode()
            member = tarfile.TarInfo("manifest.json")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        return [stream.getvalue()]

    def remove_image(self, name):
        self.inspect_image(name)
        if name in self.in_use:
            response = type("Response", (), {"status_code": 409, "reason": "", "url": "", "text": ""})()
            raise docker.errors.APIError("in use", response)
        del self.images[name]

    def create_container_from_config(self, config, name):
        assert name not in self.containers
        self.containers[name] = config

    def put_archive(self, _container, path, data):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            (member,) = archive.getmembers()
            self.calls.append(("script", path + member.name, archive.extractfile(member).read().decode()))

    def start(self, container):
        self.calls.append(("start", container))

    def inspect_container(self, _container):
        return {"State": {"Running": self.running, "ExitCode": self.exit_code}}

    def logs(self, _container, tail):
        return f"the last {tail} lines".encode()

    def commit(self, _container, repository, tag, changes):
        self.calls.append(("commit", changes))
        labels = dict(line.split(" ", 1)[1].split("=", 1) for line in changes.splitlines() if line.startswith("LABEL "))
        self.add(f"{repository}:{tag}", Labels={key: json.loads(value) for key, value in labels.items()})

    def remove_container(self, name, **_options):
        if name not in self.containers:
            raise docker.errors.NotFound(name)
        del self.containers[name]

    def names(self):
        return [call[0] for call in self.calls]


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def images(api):
    return DockerImages(api)


@pytest.fixture
def build():
    """The option build."""
    return copy.deepcopy(BUILD)


@pytest.fixture
def image_params(build):
    """Function that makes the options of the module, with changes."""

    def make(**changes):
        defaults = {"name": "nova:1", "state": "present", "source": "build", "archive": None, "inputs": {"a": 1}}
        return {**defaults, "labels": {}, "config": [], "build": build, "save": None, **changes}

    return make


@pytest.fixture
def settle(images, image_params):
    """Function that applies the state of the image, with changes of the options."""

    def call(check_mode=False, **changes):
        wanted = image_params(**changes)
        return image_state.settle(images, images.find(wanted["name"]), wanted, check_mode)

    return call
