# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of AMQP 0-9-1 that logs in, declares exchanges and queues, and leaves.

It needs only Python, because Docker hosts have no library for AMQP. Numbers in comments are sections of the AMQP 0-9-1
specification (amqp0-9-1.pdf). The arguments of methods are those of its XML, amqp0-9-1.xml.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

# 4.2.2: the client begins with the protocol and its version.
PROTOCOL = b"AMQP"
VERSION = (0, 9, 1)
PROTOCOL_HEADER = PROTOCOL + bytes((0, *VERSION))
# 4.2.3: type, channel and size, then the payload, then one octet.
FRAME_HEAD, FRAME_END = struct.Struct(">BHI"), b"\xce"
METHOD, FRAME_TYPES = 1, (1, 2, 3, 8)
# No larger frame is expected. A broker that proposes no limit (tune, frame-max 0) gets this one.
FRAME_MAX = 128 * 1024
# 4.2.4: a method is a class and a number in it.
START, START_OK, TUNE, TUNE_OK = (10, 10), (10, 11), (10, 30), (10, 31)
OPEN, OPEN_OK, CLOSE, CLOSE_OK = (10, 40), (10, 41), (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_OPEN_OK, CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 10), (20, 11), (20, 40), (20, 41)
DECLARE, DECLARE_OK, GET, GET_EMPTY = (50, 10), (50, 11), (60, 70), (60, 72)
DECLARE_METHODS = {"exchange": ((40, 10), (40, 11)), "queue": (DECLARE, DECLARE_OK)}
# RabbitMQ's own methods: they may come at any time, and matter only to publishers.
BLOCKED, UNBLOCKED = (10, 60), (10, 61)
# 2.3.7: channel 0 is the connection itself.
CONNECTION, CHANNEL = 0, 1
# queue.declare: passive, durable, exclusive, auto-delete and no-wait are bits of one octet (4.2.5.2), lowest first.
EXCLUSIVE = 0b00100
PASSIVE, DURABLE = 0b1, 0b10
# The bit of auto-delete, behind that of exclusive for a queue.
AUTO_DELETE = {"exchange": 0b100, "queue": 0b1000}
# basic.get: a message would count as acknowledged when it is delivered.
NO_ACK = 0b1
MECHANISMS = ("AMQPLAIN", "PLAIN", "EXTERNAL")
# 4.2.5.3: a short string has one octet for its length.
SHORT_STRING_MAX = 255
# TLS: an alert, of any version (RFC 8446, 5.1).
TLS_ALERT = b"\x15\x03"


class NotAmqp(Exception):
    """The server does not speak AMQP 0-9-1. str() says what it does, without a subject."""


class SpeaksTls(NotAmqp):
    """The server expects TLS first."""


class HungUp(Exception):
    """The broker closed the socket without an answer."""


class Closed(Exception):
    """The broker closed the connection or the channel, because it refuses a request (4.8.1).

    Attributes:
        code: int, as 403 for rights and 530 for virtual hosts.
        text: str, the broker's own words.
    """

    def __init__(self, code: int, text: str):
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


class AmqpConnection:
    """One connection to a broker.  Its methods are called in the order in which they are written here.

    Each of them may raise these errors, in addition to those in its docstring.

    NotAmqp: the answer is not AMQP 0-9-1.
    HungUp: the socket was closed.
    Closed: the broker refuses.
    OSError: the socket failed; socket.timeout if the time is over.

    Attributes:
        product: str, what the broker calls itself.
        mechanisms: tuple of str, its login methods.
    """

    def __init__(self, stream: socket.socket, seconds: float):
        """Arguments:
        stream: a connected socket, with or without TLS.
        seconds: for the whole dialogue.
        """
        self._stream, self._deadline, self._frame_max = stream, time.monotonic() + seconds, FRAME_MAX
        self.product = ""
        self.mechanisms: tuple[str, ...] = ()
        self._channel_is_open = False

    def greet(self) -> None:
        """Agree on the protocol (2.2.4), and read the broker's product and login methods."""
        self._stream.sendall(PROTOCOL_HEADER)
        head = self._read(FRAME_HEAD.size)
        if head.startswith(PROTOCOL):
            # 4.2.2: a server that does not speak this version answers with one that it speaks.
            raise NotAmqp("speaks AMQP {1}.{2}.{3} and not 0.9.1".format(*(head + self._read(1))[len(PROTOCOL) :]))
        if head.startswith(TLS_ALERT):
            raise SpeaksTls("speaks TLS")
        if head.startswith(b"HTTP"):
            raise NotAmqp("speaks HTTP and not AMQP")
        fields = self._answer(START, self._frame(head))
        fields.take(">BB")
        properties = fields.table()
        self.product = str(properties.get("product", ""))
        self.mechanisms = tuple(fields.long_string().decode("utf-8", "replace").split())

    def log_in(self, mechanism: str, username: str, password: str, properties: Mapping[str, Any]) -> None:
        """Log in, and accept the broker's limits.

        Heartbeats are refused, because the dialogue is shorter than their interval.

        Args:
            mechanism: one of MECHANISMS.
            username, password: account; EXTERNAL uses that of the TLS certificate instead.
            properties: description of the client for the broker's log.
        """
        known = dict(properties, capabilities={"authentication_failure_close": True})
        response = _response(mechanism, username, password)
        arguments = _table(known) + _short_string(mechanism) + _long_string(response) + _short_string("en_US")
        channels, size, _heartbeat = self._call(CONNECTION, START_OK, arguments, TUNE).take(">HIH")
        # 4.2.3: no frame may be larger than agreed.
        self._frame_max = min(size or FRAME_MAX, FRAME_MAX)
        self._send(CONNECTION, TUNE_OK, struct.pack(">HIH", channels, size or FRAME_MAX, 0))

    def open(self, virtual_host: str) -> None:
        """Open a virtual host, and a channel in it (2.2.5)."""
        self._call(CONNECTION, OPEN, _short_string(virtual_host) + _short_string("") + b"\x00", OPEN_OK)
        self._open_channel()

    def _open_channel(self) -> None:
        self._call(CHANNEL, CHANNEL_OPEN, _short_string(""), CHANNEL_OPEN_OK)
        self._channel_is_open = True

    def declare_exclusive(self, queue: str) -> None:
        """Declare a queue that belongs to this connection, and is deleted with it (queue.declare, exclusive)."""
        arguments = struct.pack(">H", 0) + _short_string(queue) + bytes((EXCLUSIVE,)) + _table({})
        self._call(CHANNEL, DECLARE, arguments, DECLARE_OK)

    def declare(self, wanted: Mapping[str, Any], passive: bool = False) -> None:
        """Declare an exchange or a queue (exchange.declare, queue.declare), also after a refusal.

        Args:
            wanted: with kind, name, type, durable, auto_delete and arguments, as the module preflight has bus.declared.
            passive: only ask whether there is one of this name. Its properties are not compared.
        """
        if not self._channel_is_open:
            self._open_channel()
        kind, name = wanted["kind"], _short_string(wanted["name"])
        method, answer = DECLARE_METHODS[kind]
        bits = PASSIVE * passive | DURABLE * wanted["durable"] | AUTO_DELETE[kind] * wanted["auto_delete"]
        type_name = _short_string(wanted["type"]) if kind == "exchange" else b""
        arguments = struct.pack(">H", 0) + name + type_name + bytes((bits,)) + _table(wanted["arguments"])
        self._call(CHANNEL, method, arguments, answer)

    def get(self, queue: str) -> None:
        """Read an empty queue (basic.get). This needs the same right as consuming from it."""
        self._call(CHANNEL, GET, struct.pack(">H", 0) + _short_string(queue) + bytes((NO_ACK,)), GET_EMPTY)

    def close(self) -> None:
        """Close the connection in order (2.2.4). A failure does not matter any more, so nothing is raised."""
        with contextlib.suppress(NotAmqp, HungUp, Closed, OSError):
            arguments = struct.pack(">H", 200) + _short_string("") + struct.pack(">HH", 0, 0)
            self._call(CONNECTION, CLOSE, arguments, CLOSE_OK)

    def _call(self, channel: int, method: tuple[int, int], arguments: bytes, answer: tuple[int, int]) -> AmqpFields:
        self._send(channel, method, arguments)
        return self._answer(answer, self._frame())

    def _send(self, channel: int, method: tuple[int, int], arguments: bytes = b"") -> None:
        payload = struct.pack(">HH", *method) + arguments
        self._wait_no_longer()
        self._stream.sendall(FRAME_HEAD.pack(METHOD, channel, len(payload)) + payload + FRAME_END)

    def _answer(self, wanted: tuple[int, int], frame: tuple[int, int, bytes]) -> AmqpFields:
        """Wait for a method and return its arguments. frame is the first frame that may have it."""
        while True:
            kind, channel, payload = frame
            if kind == METHOD:
                fields = AmqpFields(payload)
                method = fields.take(">HH")
                if method == wanted:
                    return fields
                if method in (CLOSE, CHANNEL_CLOSE):
                    self._refused(channel, method, fields)
                if method not in (BLOCKED, UNBLOCKED):
                    raise NotAmqp(f"sends the method {method} of AMQP instead of {wanted}")
            frame = self._frame()

    def _refused(self, channel: int, method: tuple[int, int], fields: AmqpFields) -> None:
        code, text = fields.take(">H")[0], fields.short_string()
        self._channel_is_open = False
        # 2.3.7: the side that closes waits for the answer of the other.
        self._send(channel, CLOSE_OK if method == CLOSE else CHANNEL_CLOSE_OK)
        raise Closed(code, text)

    def _frame(self, head: bytes = b"") -> tuple[int, int, bytes]:
        """Read a frame, and return its type, channel and payload (4.2.3).

        head is the part of it that was read before.
        """
        kind, channel, size = FRAME_HEAD.unpack(head or self._read(FRAME_HEAD.size))
        if kind not in FRAME_TYPES or size > self._frame_max:
            raise NotAmqp("answers with something that is not AMQP")
        payload = self._read(size)
        if self._read(len(FRAME_END)) != FRAME_END:
            raise NotAmqp("answers with a broken frame of AMQP")
        return kind, channel, payload

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            self._wait_no_longer()
            more = self._stream.recv(size - len(data))
            if not more:
                raise HungUp("it hung up")
            data += more
        return data

    def _wait_no_longer(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._stream.settimeout(left)


def _response(mechanism: str, username: str, password: str) -> bytes:
    """The login response: PLAIN as in RFC 4616, AMQPLAIN as a table without its size, as RabbitMQ reads it."""
    if mechanism == "EXTERNAL":
        return b""
    if mechanism == "PLAIN":
        return f"\0{username}\0{password}".encode()
    return _table(dict(LOGIN=username, PASSWORD=password))[struct.calcsize(">I") :]


def _short_string(text: str) -> bytes:
    """Encode a short string (4.2.5.3). Raises ValueError if it is too long."""
    data = text.encode()
    if len(data) > SHORT_STRING_MAX:
        raise ValueError(f"it is longer than {SHORT_STRING_MAX} bytes")
    return bytes((len(data),)) + data


def _long_string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _table(fields: Mapping[str, Any]) -> bytes:
    """Encode a table (4.2.5.5). This client only sends texts, booleans, numbers and tables."""
    data = b""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            written = b"F" + _table(value)
        elif isinstance(value, bool):
            written = b"t" + bytes((value,))
        elif isinstance(value, int):
            written = b"l" + struct.pack(">q", value)
        else:
            written = b"S" + _long_string(str(value).encode())
        data += _short_string(name) + written
    return _long_string(data)


class AmqpFields:
    """Reads the fields of a method one after the other (4.2.5). Its methods raise NotAmqp if a field is not valid."""

    # Types of fields in tables as RabbitMQ uses them. They differ from the specification's.
    NUMBERS: Mapping[bytes, str] = {
        b"b": ">b", b"B": ">B", b"s": ">h", b"u": ">H", b"I": ">i", b"i": ">I", b"l": ">q", b"L": ">Q",
        b"f": ">f", b"d": ">d", b"T": ">Q", b"t": ">?", b"D": ">BI",
    }  # fmt: skip

    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        """Read numbers in struct's format (4.2.5.1)."""
        return struct.unpack(form, self._bytes(struct.calcsize(form)))

    def short_string(self) -> str:
        return self._bytes(*self.take(">B")).decode("utf-8", "replace")

    def long_string(self) -> bytes:
        return self._bytes(*self.take(">I"))

    def table(self) -> dict[str, Any]:
        """Read a table of names to values. A table that is nested deeper than any broker's is not AMQP."""
        inner = AmqpFields(self.long_string())
        found: dict[str, Any] = {}
        try:
            while inner._at < len(inner._data):
                name = inner.short_string()
                found[name] = inner._value()
        except RecursionError:
            raise NotAmqp("answers with a broken table of AMQP") from None
        return found

    def _value(self) -> Any:
        kind = self._bytes(1)
        if kind in self.NUMBERS:
            return self.take(self.NUMBERS[kind])[-1]
        readers: dict[bytes, Callable[[], Any]] = {
            b"S": lambda: self.long_string().decode("utf-8", "replace"), b"x": self.long_string, b"F": self.table,
            b"A": self.long_string, b"V": lambda: None,
        }  # fmt: skip
        if kind not in readers:
            raise NotAmqp("answers with a broken table of AMQP")
        return readers[kind]()

    def _bytes(self, size: int) -> bytes:
        data = self._data[self._at : self._at + size]
        if len(data) < size:
            raise NotAmqp("answers with a broken method of AMQP")
        self._at += size
        return data
