# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for RabbitMQ that accepts every login, and has every exchange and queue. Numbers are of amqp0-9-1.xml."""

from __future__ import annotations

import socketserver
import struct
import threading

HEAD = struct.Struct(">BHI")
METHOD, END = 1, b"\xce"
HEADER_SIZE = len(b"AMQP\0\0\x09\x01")


def _short(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


def _long(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


START = (
    bytes((0, 9)) + _long(_short("product") + b"S" + _long(b"RabbitMQ")) + _long(b"AMQPLAIN PLAIN") + _long(b"en_US")
)
# Method of the client to the answer: method, arguments. Other methods are not answered.
ANSWERS = {
    (10, 11): ((10, 30), struct.pack(">HIH", 0, 0, 0)),
    (10, 40): ((10, 41), _short("")),
    (10, 50): ((10, 51), b""),
    (20, 10): ((20, 11), _long(b"")),
    (40, 10): ((40, 11), b""),
    (50, 10): ((50, 11), _short("queue") + struct.pack(">II", 0, 0)),
    (60, 70): ((60, 72), _short("")),
}


class _Client(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            self.rfile.read(HEADER_SIZE)
            self._say(0, (10, 10), START)
            while head := self.rfile.read(HEAD.size):
                _kind, channel, size = HEAD.unpack(head)
                method = struct.unpack(">HH", self.rfile.read(size + len(END))[:4])
                if method in ANSWERS:
                    self._say(channel, *ANSWERS[method])
        except (ConnectionError, struct.error):
            return

    def _say(self, channel: int, method: tuple[int, int], arguments: bytes) -> None:
        payload = struct.pack(">HH", *method) + arguments
        self.wfile.write(HEAD.pack(METHOD, channel, len(payload)) + payload + END)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


class Bus:
    """A message bus on a free port of 127.0.0.1."""

    def __init__(self):
        self.server = _Server(("127.0.0.1", 0), _Client)

    def start(self) -> None:
        threading.Thread(target=self.server.serve_forever, kwargs=dict(poll_interval=0.02), daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return "rabbit://nova:secret@{}:{}/".format(*self.server.server_address)
