# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AMQP client against bytes of the protocol. tests/integration/test_preflight_bus.py uses a RabbitMQ."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from amqp.serialization import dumps, loads
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import amqp

QUEUE = "novafleet.lease.a.preflight"


class Broker:
    """The other end of a socket. It sends the bytes of a test, and records what it receives."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(5)

    def say(self, *frames):
        self.theirs.sendall(b"".join(frames))

    def heard(self):
        """Everything that the client has sent so far."""
        self.theirs.setblocking(False)
        try:
            return self.theirs.recv(1 << 16)
        except BlockingIOError:
            return b""

    def connection(self, seconds=5):
        return amqp.AmqpConnection(self.ours, seconds)


@pytest.fixture
def broker():
    made = Broker()
    yield made
    made.ours.close()
    made.theirs.close()


def frame(method, arguments=b"", channel=0, kind=1):
    payload = struct.pack(">HH", *method) + arguments
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def methods(data):
    """What a client sent: list of (channel, method, arguments)."""
    found = []
    while data:
        _kind, channel, size = struct.unpack_from(">BHI", data)
        assert data[7 + size : 8 + size] == b"\xce"
        found.append((channel, struct.unpack_from(">HH", data, 7), data[11 : 7 + size]))
        data = data[8 + size :]
    return found


def start(product="RabbitMQ", mechanisms=b"AMQPLAIN PLAIN"):
    """connection.start as py-amqp writes it."""
    properties = dict(product=product, capabilities=dict(basic_nack=True), version="3.10", cluster_name="c")
    return frame((10, 10), dumps("ooFSS", [0, 9, properties, mechanisms, b"en_US"]))


TUNE = frame((10, 30), struct.pack(">HIH", 2047, 131072, 60))
OPEN_OK, CHANNEL_OPEN_OK = frame((10, 41), b"\x00"), frame((20, 11), struct.pack(">I", 0), 1)
DECLARE_OK = frame((50, 11), dumps("sll", [QUEUE, 0, 0]), 1)
GET_EMPTY, CLOSE_OK = frame((60, 72), b"\x00", 1), frame((10, 51))
HEARTBEAT = struct.pack(">BHI", 8, 0, 0) + b"\xce"
BLOCKED = frame((10, 60), dumps("s", ["low on memory"]))


def test_the_whole_dialogue(broker):
    broker.say(start(), TUNE, OPEN_OK, CHANNEL_OPEN_OK, DECLARE_OK, GET_EMPTY, CLOSE_OK)
    connection = broker.connection()
    connection.greet()
    assert (connection.product, connection.mechanisms) == ("RabbitMQ", ("AMQPLAIN", "PLAIN"))
    connection.log_in("PLAIN", "u", "p", dict(product="x"))
    connection.open("/nova")
    connection.declare_exclusive(QUEUE)
    connection.get(QUEUE)
    connection.close()
    heard = broker.heard()
    assert heard.startswith(b"AMQP\x00\x00\x09\x01")
    sent = methods(heard[8:])
    assert [(channel, method) for channel, method, _arguments in sent] == [
        (0, (10, 11)), (0, (10, 31)), (0, (10, 40)), (1, (20, 10)), (1, (50, 10)), (1, (60, 70)), (0, (10, 50)),
    ]  # fmt: skip
    read = {method: arguments for _channel, method, arguments in sent}
    assert loads("FsSs", read[10, 11], 0)[0] == [
        {"product": "x", "capabilities": {"authentication_failure_close": True}}, "PLAIN", "\0u\0p", "en_US",
    ]  # fmt: skip
    # Heartbeats are off, because 60 s are longer than the whole dialogue.
    assert loads("BlB", read[10, 31], 0)[0] == [2047, 131072, 0]
    assert loads("ssb", read[10, 40], 0)[0] == ["/nova", "", False]
    # passive, durable, exclusive, auto_delete, no_wait
    assert loads("BsbbbbbF", read[50, 10], 0)[0] == [0, QUEUE, False, False, True, False, False, {}]
    assert loads("Bsb", read[60, 70], 0)[0] == [0, QUEUE, True]


@pytest.mark.parametrize(
    ("mechanism", "response"),
    [("PLAIN", "\0u\xe4\0p\xe4".encode()), ("EXTERNAL", b""),
     ("AMQPLAIN", dumps("F", [dict(LOGIN="u\xe4", PASSWORD="p\xe4")])[4:])],
)  # fmt: skip
def test_logins_are_those_of_py_amqp(mechanism, response):
    assert amqp._response(mechanism, "u\xe4", "p\xe4") == response


@pytest.mark.parametrize("between", [HEARTBEAT, BLOCKED, frame((10, 61))])
def test_what_may_come_at_any_time_is_passed_over(broker, between):
    broker.say(between, start())
    connection = broker.connection()
    connection.greet()
    assert connection.product == "RabbitMQ"


def test_a_broker_without_limits_gets_ours(broker):
    broker.say(frame((10, 30), struct.pack(">HIH", 0, 0, 0)))
    broker.connection().log_in("PLAIN", "u", "p", {})
    assert methods(broker.heard())[-1][2] == struct.pack(">HIH", 0, 128 * 1024, 0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"AMQP\x00\x01\x00\x00", "speaks AMQP 1.0.0 and not 0.9.1"),
        (b"AMQP\x03\x01\x00\x00", "speaks AMQP 1.0.0"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "speaks TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not AMQP"),
        (struct.pack(">BHI", 1, 0, 2**31), "not AMQP"),
        (frame((10, 30), b"\x00" * 8), "instead of"),
        (start()[:-1] + b"\x00", "broken frame"),
        (frame((10, 10), b"\x00\x09\x00\x00\x00\xff"), "broken method"),
        (frame((10, 10), b"\x00\x09" + struct.pack(">I", 3) + b"\x01a?"), "broken table"),
        (frame((10, 10), b"\x00"), "broken method"),
        (struct.pack(">BHI", 1, 0, 1) + b"\x00\xce", "broken method"),
    ],
)
def test_what_is_not_amqp_is_told(broker, said, words):
    broker.say(said)
    with pytest.raises(amqp.NotAmqp, match=words):
        broker.connection().greet()


def test_a_table_without_a_bottom_is_not_amqp(broker):
    deep = b""
    for _level in range(9000):
        deep = b"\x01aF" + struct.pack(">I", len(deep)) + deep
    broker.say(frame((10, 10), b"\x00\x09" + struct.pack(">I", len(deep)) + deep))
    with pytest.raises(amqp.NotAmqp, match="broken table"):
        broker.connection().greet()


@pytest.mark.parametrize("said", [b"", b"AMQ", start()[:30]])
def test_who_hangs_up_is_told(broker, said):
    broker.say(said)
    broker.theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(amqp.HungUp):
        broker.connection().greet()


@pytest.mark.parametrize(("channel", "close", "answer"), [(0, (10, 50), (10, 51)), (1, (20, 40), (20, 41))])
def test_a_refusal_has_the_brokers_words_and_is_answered(broker, channel, close, answer):
    broker.say(frame(close, dumps("BsBB", [403, "ACCESS_REFUSED - no", 50, 10]), channel))
    with pytest.raises(amqp.Closed) as closed:
        broker.connection().declare_exclusive(QUEUE)
    assert (closed.value.code, closed.value.text) == (403, "ACCESS_REFUSED - no")
    assert methods(broker.heard())[-1][:2] == (channel, answer)


def test_time_is_over_for_all_of_it_however_lively_the_broker_is(broker):
    """Heartbeats do not extend the time limit."""
    over = threading.Event()

    def beat():
        while not over.wait(0.02):
            broker.say(HEARTBEAT)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        with pytest.raises(socket.timeout):
            broker.connection(seconds=0.3).greet()
    finally:
        over.set()
        thread.join()


def test_leaving_never_fails(broker):
    broker.theirs.close()
    broker.connection().close()


def test_a_name_that_amqp_has_no_room_for():
    with pytest.raises(ValueError, match="longer than 255"):
        amqp._short_string("ä" * 128)


def test_tables_are_read_as_py_amqp_writes_them():
    values = {
        "text": "ä", "number": -5, "large": 2**40, "yes": True, "real": 1.5, "none": None, "list": [1, "a"],
        "table": {"inner": {"x": "y"}},
    }  # fmt: skip
    read = amqp.AmqpFields(dumps("F", [values])).table()
    assert set(read) == set(values)
    assert {name: read[name] for name in values if name != "list"} == {
        name: value for name, value in values.items() if name != "list"
    }


CHANNEL_CLOSED = frame((20, 40), dumps("BsBB", [406, "PRECONDITION_FAILED - x", 50, 10]), 1)
WANTED = dict(
    name="q", type="topic", durable=True, auto_delete=True, arguments={"x-queue-type": "quorum", "x-limit": 9}
)


def opened(broker, *frames):
    broker.say(start(), TUNE, OPEN_OK, CHANNEL_OPEN_OK, *frames)
    connection = broker.connection()
    connection.greet()
    connection.log_in("PLAIN", "u", "p", {})
    connection.open("/")
    broker.heard()
    return connection


def test_declarations_on_the_wire(broker):
    connection = opened(broker, frame((40, 11), b"", 1), DECLARE_OK)
    connection.declare(dict(WANTED, kind="exchange"), passive=True)
    connection.declare(dict(WANTED, kind="queue", arguments={"x-queue-type": "quorum", "x-limit": 9}))
    (_channel, method, exchange), (_same, other, queue) = methods(broker.heard())
    assert (method, other) == ((40, 10), (50, 10))
    # Bits: passive, durable, auto-delete, internal, no-wait of an exchange; exclusive before auto-delete of a queue.
    assert loads("BssbbbbbF", exchange, 0)[0] == [
        0, "q", "topic", True, True, True, False, False, WANTED["arguments"],
    ]  # fmt: skip
    assert loads("BsbbbbbF", queue, 0)[0] == [0, "q", False, True, False, True, False, WANTED["arguments"]]


def test_a_refusal_closes_the_channel_which_the_next_declaration_opens_again(broker):
    connection = opened(broker, CHANNEL_CLOSED, CHANNEL_OPEN_OK, DECLARE_OK)
    with pytest.raises(amqp.Closed, match="406 PRECONDITION_FAILED - x"):
        connection.declare(dict(WANTED, kind="queue"))
    connection.declare(dict(WANTED, kind="queue"))
    assert [method for _channel, method, _arguments in methods(broker.heard())] == [
        (50, 10), (20, 41), (20, 10), (50, 10),
    ]  # fmt: skip
