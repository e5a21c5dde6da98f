# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[4] / "roles" / "sandbox" / "files" / "serve.py"
APPLICATION = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
# More than select(2) can watch, so that poll is shown to be used.
KEPT = 1100
ANSWER_SECONDS = 20


@pytest.fixture(autouse=True)
def many_files():
    """Both ends of each connection are files; the server inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def port(tmp_path):
    """Address at which a server with two threads serves the application."""
    (tmp_path / "small.py").write_text(APPLICATION, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    arguments = [sys.executable, str(SCRIPT), f"127.0.0.1:{number}", "2", "small:application"]
    process = subprocess.Popen(arguments, env=dict(os.environ, PYTHONPATH=str(tmp_path)))
    try:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not listens(number):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield number
    finally:
        process.kill()
        process.wait()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def answer(connection):
    connection.request("GET", "/")
    return connection.getresponse().read()


def test_connections_that_are_kept_block_nobody(port):
    """As a thousand nova-computes keep their connections to placement."""
    with contextlib.ExitStack() as stack:
        for _number in range(KEPT):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
            stack.callback(connection.close)
            assert answer(connection) == b"ok"
