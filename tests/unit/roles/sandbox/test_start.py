# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.server
import importlib.util
import json
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[4] / "roles" / "sandbox" / "files" / "start.py"
UNUSED_PORT = 1


def load():
    specification = importlib.util.spec_from_file_location("sandbox_start", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


start = load()


@pytest.fixture
def serve():
    """Starts a server of the given handler on a free port of loopback and returns its address."""
    servers = []

    def begin(handler):
        server = socketserver.TCPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def amqp(answer):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            assert self.request.recv(8) == b"AMQP\x00\x00\x09\x01"
            self.request.sendall(answer)

    return Handler


def web(status):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_args):
            """Keep the test's output clean."""

    return Handler


@pytest.mark.parametrize(("answer", "expected"), [(b"\x01\x00\x00", True), (b"AMQP\x00\x00\x09\x01", False)])
def test_amqp_answers_with_a_method_frame_only(serve, answer, expected):
    assert start.amqp_answers(serve(amqp(answer))) is expected


@pytest.mark.parametrize(("status", "expected"), [(200, True), (300, True), (401, True), (503, False)])
def test_http_answers_unless_the_server_has_failed(serve, status, expected):
    host, port = serve(web(status))
    assert start.http_answers(f"http://{host}:{port}/") is expected


def test_wait_goes_on_when_all_answer(serve):
    host, port = serve(web(200))
    start.wait([{"http": f"http://{host}:{port}/"}, {"amqp": serve(amqp(b"\x01"))}], None, 5)


def test_wait_ends_with_the_reason_after_the_limit():
    with pytest.raises(SystemExit, match=r"waited 0 s for .*127\.0\.0\.1.*refused"):
        start.wait([{"amqp": ["127.0.0.1", UNUSED_PORT]}], None, 0)


def run(directory, plan):
    """Run the script in a directory with a plan. Return the completed process."""
    (directory / "start.py").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (directory / "start.json").write_text(json.dumps(dict({"limit": 0, "wait": []}, **plan)), encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(directory / "start.py")], capture_output=True, text=True, check=False, timeout=60
    )


def test_it_prepares_and_becomes_the_service(tmp_path):
    done = run(tmp_path, {"run": [["sh", "-c", "echo prepared"]], "exec": ["sh", "-c", "echo running; exit 7"]})
    assert (done.stdout, done.returncode) == ("prepared\nrunning\n", 7)


def test_it_does_not_start_the_service_when_preparing_fails(tmp_path):
    done = run(tmp_path, {"run": [["sh", "-c", "exit 3"]], "exec": ["echo", "running"]})
    assert done.stdout == ""
    assert done.returncode == 1
    assert "sh ended with status 3" in done.stderr
