# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guards in the real py-amqp, kombu, oslo.messaging and oslo.service."""

from __future__ import annotations

import importlib.metadata
from types import SimpleNamespace

import amqp
import kombu
import kombu.transport
import oslo_messaging
import pytest
from kombu.transport import pyamqp
from oslo_config import cfg
from oslo_service import periodic_task


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Restore the functions that the guards wrap after each test."""
    for owner, name in (
        (amqp.Connection, "connect"),
        (oslo_messaging.RPCDispatcher, "dispatch"),
        (periodic_task.PeriodicTasks, "run_periodic_tasks"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))


@pytest.fixture
def order():
    return []


@pytest.fixture
def guarded(program, order):
    program.guard(SimpleNamespace(certain=lambda: order.append("certain"), proven=lambda: order.append("proven")))


def test_what_is_installed_is_as_expected(program):
    assert program.unexpected() == []


def test_the_lease_is_certain_before_a_connection_is_opened(guarded, order, monkeypatch):
    def socket_opened(self):
        order.append("connects")
        raise ConnectionRefusedError

    monkeypatch.setattr(amqp.transport.TCPTransport, "connect", socket_opened)
    with pytest.raises(ConnectionRefusedError):
        kombu.Connection("amqp://u:p@bus:1/").transport.establish_connection()
    assert order == ["certain", "connects"]


def test_connections_of_the_lease_do_not_wait_for_the_lease(program, guarded, order, monkeypatch):
    def socket_opened(self):
        order.append("connects")
        raise ConnectionRefusedError

    monkeypatch.setattr(amqp.transport.TCPTransport, "connect", socket_opened)
    lease = program.Lease(program.Bus(program.Conf("[DEFAULT]\ntransport_url = rabbit://u:p@bus:1/\n")), "a")
    with pytest.raises(ConnectionRefusedError):
        lease.connect()
    assert order == ["connects"]


def test_the_lease_is_proven_before_each_request(guarded, order):
    class Endpoint:
        target = oslo_messaging.Target(version="1.0")

        def build(self, context):
            order.append("build")
            return "built"

    dispatcher = oslo_messaging.RPCDispatcher([Endpoint()], None)
    incoming = SimpleNamespace(message=dict(method="build", args={}, version="1.0"), ctxt={}, client_timeout=None)
    assert [dispatcher.dispatch(incoming) for _time in range(2)] == ["built", "built"]
    assert order == ["proven", "build"] * 2


class Manager(periodic_task.PeriodicTasks):
    def __init__(self, order):
        super().__init__(cfg.ConfigOpts())
        self.order = order

    @periodic_task.periodic_task(spacing=10, run_immediately=True)
    def first(self, context):
        self.order.append(f"first for {context}")

    @periodic_task.periodic_task(spacing=10, run_immediately=True)
    def second(self, context):
        self.order.append("second")
        raise ValueError("as tasks of nova do")

    @periodic_task.periodic_task(spacing=10**6)
    def later(self, context):
        raise AssertionError("is not due")


def test_the_lease_is_certain_before_each_periodic_task_that_is_due(guarded, order):
    manager = Manager(order)
    manager.conf(args=[])
    idle = manager.run_periodic_tasks("c", raise_on_error=False)
    assert order == ["certain", "first for c", "certain", "second"]
    assert 0 < idle <= 60
    # They are not wrapped twice.
    manager._periodic_last_run = dict.fromkeys(manager._periodic_last_run)
    manager._periodic_last_run["later"] = None
    order.clear()
    with pytest.raises((ValueError, AssertionError)):
        manager.run_periodic_tasks("c", raise_on_error=True)
    assert order[:2] == ["certain", "first for c"]
    assert order.count("first for c") == 1


def test_another_manager_keeps_its_own_tasks(guarded, order):
    class Other(Manager):
        @periodic_task.periodic_task(spacing=10, run_immediately=True)
        def third(self, context):
            self.order.append("third")

    for manager in (Other(order), Manager(order)):
        manager.conf(args=[])
        manager.run_periodic_tasks("c")
    assert order.count("third") == 1
    assert order.count("certain") == 5
    assert [name for name, _task in Manager._periodic_tasks] == ["first", "second", "later"]


class Changed:
    """A method in the form of a possible later release."""

    def connect(self, callback=None, timeout=None):
        """Opens a connection."""

    def dispatch(self, incoming, executor):
        """Handles a request."""

    def run_periodic_tasks(self, context):
        """Runs tasks."""


@pytest.mark.parametrize(
    ("owner", "name", "package"),
    [
        (amqp.Connection, "connect", "amqp"),
        (oslo_messaging.RPCDispatcher, "dispatch", "oslo.messaging"),
        (periodic_task.PeriodicTasks, "run_periodic_tasks", "oslo.service"),
    ],
)
def test_where_a_release_has_it_otherwise_nova_is_not_started(program, monkeypatch, owner, name, package):
    lines = []
    monkeypatch.setattr(program, "log", lambda level, text: lines.append((level, text)))
    monkeypatch.setattr(owner, name, getattr(Changed, name))
    with pytest.raises(SystemExit) as ended:
        program.guard(SimpleNamespace(certain=None, proven=None))
    assert ended.value.code == 70
    ((level, text),) = lines
    assert level == "ERROR" and text.startswith("nova-compute is not started, as the lease could not guard it: ")
    assert f"{package} {importlib.metadata.version(package)}: {owner.__name__}.{name} takes" in text


@pytest.mark.parametrize("otherwise", ["transport", "connect"])
def test_where_kombu_connects_by_other_means_nova_is_not_started(program, monkeypatch, otherwise):
    if otherwise == "transport":
        monkeypatch.setattr(kombu.transport, "get_transport_cls", lambda name: object)
    else:
        monkeypatch.setattr(pyamqp.Connection, "connect", lambda self: None, raising=False)
    (problem,) = program.unexpected()
    assert problem.startswith(f"kombu {kombu.__version__} ")


def test_nothing_is_wrapped_where_something_is_not_as_expected(program, monkeypatch):
    monkeypatch.setattr(program, "log", lambda level, text: None)
    monkeypatch.setattr(oslo_messaging.RPCDispatcher, "dispatch", Changed.dispatch)
    before = amqp.Connection.connect
    with pytest.raises(SystemExit):
        program.guard(SimpleNamespace(certain=None, proven=None))
    assert amqp.Connection.connect is before
