# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program of the lease as a module, a clock that only tests move, and a bus in memory that behaves as RabbitMQ."""

from __future__ import annotations

import contextlib
import importlib.util
import select as real_select
import socket
from pathlib import Path
from types import SimpleNamespace

import amqp
import pytest
from hypothesis import settings

settings.register_profile("novafleet", deadline=None, database=None)
settings.load_profile("novafleet")

PROGRAM = Path(__file__).parents[4] / "roles/services/files/lease.py"
# RabbitMQ allows 2047 by default. Waiting with a new channel for each question reaches that within the hour.
CHANNEL_MAX = 50


def load():
    spec = importlib.util.spec_from_file_location("lease", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Stop(BaseException):
    """The test has seen enough."""


class Exited(BaseException):
    """The process ended with a status."""


class Clock:
    """Monotonic time in seconds. Actions that are due run while it passes."""

    def __init__(self):
        self.now, self.due, self.watch = 1000.0, [], lambda: None

    def at(self, seconds, function):
        """Run an action at a time since the start."""
        self.due.append((1000.0 + seconds, function))
        self.due.sort(key=lambda one: one[0])

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            moment, function = self.due.pop(0)
            self.now = max(self.now, moment)
            function()
        self.now = max(self.now, end)
        self.watch()

    def past(self):
        return self.now - 1000.0


class Rabbit:
    """One RabbitMQ: the holder of the lease, the consumers of requests, and whether it can be reached.

    As in py-amqp, a channel that RabbitMQ closes for an error is opened again at once with its number
    (amqp/channel.py, _on_close).
    """

    def __init__(self, clock):
        self.clock, self.hosts = clock, [dict(name="bus")]
        self.up, self.latency, self.holder, self.consumers = True, 0.0, None, 0
        self.refused, self.connections, self.asked, self.opened = None, [], [], []
        # Routing key -> the connection that subscribed, and what it calls; what was published.
        self.listeners, self.announced, self.no_announcements = {}, [], False

    def connection(self, number, properties):
        made = Connection(self, properties)
        self.connections.append(made)
        return made

    def cut(self, keep=None):
        """End all connections. The given holder keeps the lease locked."""
        for one in self.connections:
            one.dead = True
        self.holder = keep


class Connection:
    heartbeat = 10

    def __init__(self, rabbit, properties):
        self.rabbit, self.properties, self.dead, self.channels, self.most = rabbit, properties, False, 0, 0
        self.transport = SimpleNamespace(having_timeout=lambda seconds: contextlib.nullcontext())
        self.pending, self.news = [], []
        # Arguments of select().
        self.sock = self

    def open(self):
        self.rabbit.opened.append(self.rabbit.clock.past())
        if not self.rabbit.up:
            raise ConnectionRefusedError("refused")

    def ask(self):
        self.rabbit.clock.sleep(self.rabbit.latency)
        if self.dead or not self.rabbit.up:
            raise amqp.exceptions.RecoverableConnectionError("Server unexpectedly closed connection")
        if self.pending:
            raise self.pending.pop(0)

    def channel(self):
        self.ask()
        if self.channels >= CHANNEL_MAX:
            raise amqp.exceptions.ResourceError("No free channel ids")
        self.channels += 1
        self.most = max(self.most, self.channels)
        return Channel(self)

    def readable(self):
        return bool(self.news or self.pending or self.dead or not self.rabbit.up)

    def drain_events(self, timeout):
        if self.news:
            self.news.pop(0)(None)
            return
        if self.pending:
            raise self.pending.pop(0)
        if self.dead or not self.rabbit.up:
            raise ConnectionResetError("reset")
        self.rabbit.clock.sleep(timeout)
        raise socket.timeout("timed out")

    def collect(self):
        self.dead = True
        if self.rabbit.holder is self:
            self.rabbit.holder = None


class Channel:
    def __init__(self, connection):
        self.connection, self.rabbit = connection, connection.rabbit

    def queue_declare(self, queue="", passive=False, exclusive=False, auto_delete=True):
        self.connection.ask()
        if not queue:
            assert exclusive, "a queue for announcements is the connection's own"
            return SimpleNamespace(queue="amq.gen-1")
        self.rabbit.asked.append((queue, "passive" if passive else "exclusive"))
        if self.rabbit.refused:
            raise self.rabbit.refused
        if queue.startswith("compute."):
            assert passive, "the queue of requests is nova's"
            if self.rabbit.consumers is None:
                raise amqp.exceptions.NotFound("no queue")
            found = self.rabbit.consumers
            return SimpleNamespace(consumer_count=found.pop(0) if isinstance(found, list) else found)
        holder = self.rabbit.holder
        if holder not in (None, self.connection):
            raise amqp.exceptions.ResourceLocked(f"cannot obtain exclusive access to locked queue '{queue}'")
        if passive and holder is None:
            raise amqp.exceptions.NotFound("no queue")
        assert passive or (exclusive and not auto_delete)
        self.rabbit.holder = self.connection
        return SimpleNamespace(consumer_count=0)

    def queue_delete(self, queue):
        self.connection.ask()
        assert self.rabbit.holder is self.connection
        self.rabbit.holder = None

    def queue_bind(self, queue, exchange, routing_key):
        self.connection.ask()
        if self.rabbit.no_announcements:
            raise amqp.exceptions.AccessRefused("access to exchange 'amq.topic' in vhost '/' refused")
        assert queue == "amq.gen-1"
        self.bound = (exchange, routing_key)

    def basic_consume(self, queue, no_ack, callback=None):
        self.connection.ask()
        if callback:
            self.rabbit.listeners[self.bound[1]] = self.connection, callback

    def basic_publish(self, _message, exchange, routing_key):
        self.connection.ask()
        self.rabbit.announced.append((exchange, routing_key))

    def close(self):
        self.connection.ask()
        self.connection.channels -= 1


def select_on(clock):
    """select() for a connection and an alarm. It waits by the clock of the test."""

    def select(reading, _writing, _failing, seconds):
        connection, *alarms = reading
        for _part in range(10):
            ready = real_select.select(alarms, [], [], 0)[0] + ([connection] if connection.readable() else [])
            if ready:
                return ready, [], []
            clock.sleep(seconds / 10)
        return [], [], []

    return select


@pytest.fixture(scope="session")
def program():
    return load()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rabbit(clock):
    return Rabbit(clock)


@pytest.fixture
def other(rabbit):
    """A connection of another container."""
    return Connection(rabbit, {})


@pytest.fixture
def process(program, clock, rabbit, monkeypatch):
    """Effects of the program on its process: its names, its log, and its lease."""

    def leave(status):
        raise Exited(status)

    names, lines = [], []
    patched = SimpleNamespace(monotonic=clock.monotonic, sleep=clock.sleep)
    monkeypatch.setattr(program, "time", patched)
    monkeypatch.setattr(program, "native_sleep", clock.sleep)
    monkeypatch.setattr(program, "native_select", select_on(clock))
    monkeypatch.setattr(program, "call_process", names.append)
    monkeypatch.setattr(program, "log", lambda level, text: lines.append((clock.past(), level, text)))
    monkeypatch.setattr(program.os, "_exit", leave)
    monkeypatch.setattr(program.Lease, "_open", staticmethod(lambda connection: connection.open()))
    return SimpleNamespace(names=names, lines=lines, lease=program.Lease(rabbit, "a"), stop=Stop, exited=Exited)
