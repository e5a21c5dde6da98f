# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small HTTP server that answers as an engine does, and options that lead to it."""

from __future__ import annotations

import http.server
import json
import threading

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC


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
    return ArgumentSpecValidator(ENGINE_ARGUMENT_SPEC).validate(given).validated_parameters


class StallingHandler(Handler):
    """Says which version it has, and of any other answer at most the beginning."""

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
    """A server that accepts, and does not answer, or (begins) not to the end."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StallingHandler)
    made.answers, made.once, made.asked, made.hold = server.answers, [], [], server.hold
    made.begins, made.end = False, threading.Event()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.end.set()
    made.shutdown()
    made.server_close()
