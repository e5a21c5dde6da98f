# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP server in this process that serves a stand-in, and fails in ways that a test chooses.

A question is a method and a path. The stand-in gives it a name, such as C(list) or C(os-services).
"""

from __future__ import annotations

import collections
import http.server
import json
import re
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

HTML = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>\n"
# Faults that can replace the right answer to a question. "slow" is followed by seconds, as in "slow 0.5".
FAULTS = ("html", "500", "502", "truncated", "empty", "null", "close", "hang", "slow")


@dataclass
class Question:
    """One request, as a stand-in's function gets it. path has the matches of the route's groups."""

    path: tuple
    query: dict
    body: object
    headers: dict


@dataclass
class Answer:
    """The answer. A body that is neither bytes nor text is sent as JSON."""

    body: object = b""
    status: int = 200
    headers: tuple = ()
    kind: str = "application/json"

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Route:
    """name: of the question; answer: function from Question to Answer, or to a body."""

    name: str
    method: str
    path: re.Pattern
    answer: Callable


class StandIn:
    """Answers questions by routes.

    A test may set a fault of a question for a number of times, or until it removes the fault.
    """

    def __init__(self, routes: list[tuple[str, str, str, Callable]]):
        """routes: (name, method, regular expression of the path without the query, function)."""
        self.routes = [Route(name, method, re.compile(path), answer) for name, method, path, answer in routes]
        self.asked = collections.Counter()
        self.unknown = []
        self.lock = threading.RLock()
        self.faults, self.ended = {}, threading.Event()
        self.server = None

    def misbehave(self, name: str, fault: str, times: float = float("inf"), after: int = 0) -> None:
        """Answer the question with this name with a fault for a number of times, after a number of right answers."""
        known = {route.name for route in self.routes}
        assert name in known, f"{name} is not one of {sorted(known)}"
        assert fault.split(maxsplit=1)[0] in FAULTS, fault
        self.faults[name] = [fault, times, after]

    def behave(self) -> None:
        """Remove the faults, and close requests that hang."""
        self.faults.clear()
        self.ended.set()
        self.ended = threading.Event()

    def serve(self, server: socketserver.BaseServer) -> None:
        """Begin to answer."""
        self.server = server
        threading.Thread(target=server.serve_forever, kwargs=dict(poll_interval=0.02), daemon=True).start()

    def close(self) -> None:
        """Stop listening, and close requests that hang."""
        self.ended.set()
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, method: str, target: str, headers: dict, body: bytes) -> Answer | None:
        """Answer one request. None closes its connection without an answer."""
        parts = urlsplit(target)
        for route in self.routes:
            found = route.path.fullmatch(parts.path) if route.method == method else None
            if found:
                query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                question = Question(found.groups(), query, _decoded(body), headers)
                return self._answered(route, question)
        self.unknown.append(f"{method} {target}")
        return Answer(dict(message=f"the stand-in does not know {method} {target}"), 404)

    def _answered(self, route: Route, question: Question) -> Answer | None:
        with self.lock:
            self.asked[route.name] += 1
        fault = self._fault(route.name)
        kind, _space, seconds = fault.partition(" ")
        if kind == "slow":
            self.ended.wait(float(seconds or 1))
        elif kind == "hang":
            self.ended.wait()
            return None
        elif kind == "close":
            return None
        elif kind == "html":
            return Answer(HTML, kind="text/html")
        elif kind in ("500", "502"):
            return Answer(HTML, int(kind), kind="text/html")
        with self.lock:
            told = route.answer(question)
        answer = told if isinstance(told, Answer) else Answer(told)
        return _spoiled(answer, kind)

    def _fault(self, name: str) -> str:
        with self.lock:
            fault, times, after = self.faults.get(name, ["", 0, 0])
            if after:
                self.faults[name][2] -= 1
            elif times:
                self.faults[name][1] -= 1
            return fault if times and not after else ""


def _spoiled(answer: Answer, fault: str) -> Answer:
    if fault == "truncated":
        whole = answer.encoded()
        return Answer(whole[: len(whole) // 2], answer.status, answer.headers, answer.kind)
    if fault in ("empty", "null"):
        return Answer("{}" if fault == "empty" else "null", answer.status, answer.headers, answer.kind)
    return answer


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


class Handler(http.server.BaseHTTPRequestHandler):
    """Passes each request to server.stand_in."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet: TCP would hold the second one back for up to 40 ms (Nagle's algorithm).
    wbufsize = -1

    def address_string(self) -> str:
        return "client"

    def log_message(self, *_arguments) -> None:
        pass

    def handle(self) -> None:
        # Clients that are killed, or for which a test no longer waits.
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _respond(self) -> None:
        body = self._read_body()
        answer = self.server.stand_in.answer(self.command, self.path, dict(self.headers), body)
        if answer is None:
            self.close_connection = True
            return
        text = answer.encoded()
        self.send_response(answer.status)
        for name, value in (("Content-Type", answer.kind), *answer.headers):
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(text)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _respond


class TcpServer(http.server.ThreadingHTTPServer):
    """On a free port of 127.0.0.1."""

    request_queue_size = 128

    def __init__(self, stand_in: StandIn):
        super().__init__(("127.0.0.1", 0), Handler)
        self.stand_in = stand_in


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """On a socket in the file system."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, stand_in: StandIn, path: str):
        super().__init__(path, Handler)
        self.stand_in = stand_in


def now(seconds: float = 0, zone: str = "") -> str:
    """A time a number of seconds ahead, in UTC, as nova writes it, or with a zone as Docker does."""
    moment = time.time() + seconds
    fraction = f"{moment % 1:.6f}"[1:]
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + (fraction + zone if zone else ".000000")
