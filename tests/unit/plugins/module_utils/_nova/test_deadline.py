# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that never end, from a real server."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time

import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._nova import deadline

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


@pytest.fixture
def serve():
    """Function that serves one answer byte by byte from a position on, and returns its address."""
    with contextlib.ExitStack() as stack:

        def run(answer, drips_from):
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def drip():
                with contextlib.suppress(OSError):
                    connection, _address = listening.accept()
                    stack.callback(connection.close)
                    connection.recv(4096)
                    connection.sendall(answer[:drips_from])
                    for at in range(drips_from, len(answer)):
                        time.sleep(0.1)
                        connection.sendall(answer[at : at + 1])

            threading.Thread(target=drip, daemon=True).start()
            return f"http://127.0.0.1:{listening.getsockname()[1]}/"

        yield run


@pytest.fixture
def session():
    made = requests.Session()
    deadline.bound(made)
    return made


@pytest.mark.parametrize("drips_from", [5, len(HEAD)], ids=["headers", "body"])
def test_an_answer_in_drips_ends_in_time(serve, session, drips_from):
    url, begin = serve(HEAD + b" " * 100, drips_from), time.monotonic()
    with pytest.raises(requests.exceptions.RequestException, match="timed out"):
        session.get(url, timeout=0.5)
    assert time.monotonic() - begin < 3
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_answer_in_time_is_whole(serve, session):
    url = serve(HEAD + b"1" * 100, len(HEAD) + 97)
    assert session.get(url, timeout=5).text == "1" * 100
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_another_thread_has_the_time_outs_of_requests(serve, session):
    url, found = serve(HEAD + b"1" * 100, len(HEAD) + 100), []
    thread = threading.Thread(target=lambda: found.append(session.get(url, timeout=5).text))
    thread.start()
    thread.join()
    assert found == ["1" * 100]
