# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of one Docker host on a real bus: real oslo.messaging, a real RabbitMQ, nova.conf as the role renders it.

As containers on the host's network they have one host name and one process name, and a /dev/shm each.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings
from pinned_python import TOP, pinned_python
from private_rabbitmq import PrivateRabbitMQ

PROGRAM = Path(__file__).with_name("rpc_service.py")
BASES = TOP / "tests" / "unit" / "plugins" / "plugin_utils" / "_targets" / "bases"
TEMPLATES = TOP / "roles" / "services" / "templates"
# Release of nova -> what kolla-ansible makes for it (the files say which releases make the same).
KOLLA = {
    release: (BASES / f"kolla_{name}.conf").read_text(encoding="utf-8")
    for release, name in (
        ("31.3.1", "2025.1_vmware"),
        ("32.2.1", "2025.1"),
        ("33.0.2", "2026.2"),
        ("34.0.0", "2026.2_spice"),
    )
}
RELEASES = tuple(KOLLA)
# Of each service; seconds.
CALLS, TIMEOUT = 30, 8
MESSAGES = 10
# Of each service of a fleet, all of them at once.
FLEET, FLEET_CALLS = 5, 300
ARRIVE_SECONDS = 2
R = "oslo_messaging_rabbit"
SHARED = Path("/dev/shm")
# Each has another /dev/shm, as containers have. Those of kolla-ansible have the machine's (ipc_mode: host).
APART = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', "sh"]


@pytest.fixture(scope="module")
def broker():
    with PrivateRabbitMQ() as private:
        private.start()
        yield private


@pytest.fixture
def bus(broker):
    """Transport URL of a virtual host of the test's own; streams would bring it what other tests sent."""
    name = uuid.uuid4().hex
    yield broker.add_vhost(name)
    broker.nodes[0].ctl("delete_vhost", name)


@pytest.fixture
def release(request):
    """Release of nova whose oslo.messaging is tried."""
    return getattr(request, "param", RELEASES[-1])


@pytest.fixture
def python(release):
    """Path of a Python with that oslo.messaging."""
    return pinned_python(release, "oslo.messaging")


@pytest.fixture
def conf(bus, tmp_path):
    """Function that writes the nova.conf of a service, as the role renders it on a base file; returns its path."""

    def write(service, base, **overrides):
        own = dict(services_transport_url=bus, services_vcenter=dict(host_ip="vc", cluster_name=service))
        locks = {"oslo_concurrency": {"lock_path": str(tmp_path / f"locks-{service}")}}
        # This bus has no certificate, which some of the files expect.
        overrides = {**overrides, R: {"ssl": False, **overrides.get(R, {})}}
        layers = dict(services_nova_conf=locks, services_nova_conf_test=overrides)
        renderer = Renderer(TEMPLATES, base)
        text = renderer.render(service, service, DRIVERS["vcenter"], Settings({**own, **layers}, {})).nova_conf
        path = tmp_path / f"{service}.conf"
        path.write_text(text, encoding="utf-8")
        return path

    return write


class Service:
    """A running rpc_service.py."""

    def __init__(self, python, log, *arguments, apart=True):
        self.log = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*(APART if apart else []), python, PROGRAM, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                # The queue manager looks at the leader of its process group, which must live.
                start_new_session=True,
            )

    def read(self):
        line = self.process.stdout.readline()
        assert line, f"it ended:\n{self.log.read_text(encoding='utf-8')[-3000:]}"
        return line.strip()

    def say(self, text=""):
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        return self.read()

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def traffic(python, tmp_path):
    """Function that runs a conductor and computes by their nova.conf; returns a dict a compute: answered, heard."""

    def run(conductor, *computes, calls=CALLS, foreign=()):
        counters = set(SHARED.iterdir())
        with contextlib.ExitStack() as stack:
            # A nova_compute of kolla's on this machine could not open a counter of root's.
            stack.callback(lambda: [left.unlink() for left in set(SHARED.glob("*_qmanager")) - counters])

            def start(kind, path, *numbers):
                log = tmp_path / f"{path.stem}.log"
                service = Service(python, log, kind, path, *numbers, apart=path not in foreign)
                stack.callback(service.kill)
                assert service.read() == "ready"
                return service

            sender = start("conductor", conductor)
            running = [start("compute", path, calls, TIMEOUT) for path in computes]
            for compute in running:
                compute.say()
            answers = [json.loads(compute.read()) for compute in running]
            for _number in range(MESSAGES):
                sender.say()
            time.sleep(ARRIVE_SECONDS)
            return [answer | json.loads(compute.end()) for compute, answer in zip(running, answers, strict=True)]

    return run


WHOLE = dict(answered=CALLS, heard=MESSAGES)
WHOLE_FLEET = dict(answered=FLEET_CALLS, heard=MESSAGES)
UNNAMED = {R: {"hostname": None}}
NO_STREAMS = {"rabbit_stream_fanout": False}


@pytest.fixture
def kolla(release):
    """What kolla-ansible makes for that release."""
    return KOLLA[release]


@pytest.fixture
def reply_queues(broker, bus):
    """Function that lists the services that have a queue of replies: the middle of its name."""

    def listed():
        names = broker.nodes[0].queues(vhost=bus.rpartition("/")[2])
        return {name.split(":")[0].removeprefix("reply_") for name in names if name.startswith("reply_")}

    return listed


@pytest.mark.parametrize("release", RELEASES, indirect=True)
def test_a_fleet_gets_its_own_answers_on_kollas_base(conf, traffic, reply_queues, kolla):
    names = [f"vc{number}" for number in range(1, 1 + FLEET)]
    made = traffic(conf("conductor", kolla), *(conf(name, kolla) for name in names), calls=FLEET_CALLS)
    assert made == [WHOLE_FLEET] * FLEET
    assert reply_queues() == set(names)


def test_a_fleet_does_not_disturb_kollas_own_nova_compute_on_its_host(conf, traffic, reply_queues, kolla):
    own = conf("kolla", kolla, **UNNAMED)
    names = [f"vc{number}" for number in range(1, 1 + FLEET)]
    fleet = [conf(name, kolla) for name in names]
    made = traffic(conf("conductor", kolla), own, *fleet, calls=FLEET_CALLS, foreign=[own])
    assert made == [WHOLE_FLEET] * (1 + FLEET)
    assert reply_queues() == {*names, socket.gethostname()}


def test_without_a_name_of_their_own_they_take_each_others(conf, traffic, kolla):
    """What the other tests guard against, which shows that they would notice it."""
    made = traffic(conf("conductor", kolla), conf("one", kolla, **UNNAMED), conf("other", kolla, **UNNAMED))
    assert sum(one["answered"] for one in made) < 2 * CALLS


def test_each_hears_what_is_said_to_all_without_streams(conf, traffic, kolla):
    """Queues for that are named in the same way."""
    ours = {R: NO_STREAMS}
    made = traffic(conf("conductor", kolla), conf("one", kolla, **ours), conf("other", kolla, **ours))
    assert made == [WHOLE, WHOLE]
    ours = {R: {**NO_STREAMS, "hostname": None}}
    made = traffic(conf("conductor", kolla), conf("one", kolla, **ours), conf("other", kolla, **ours))
    assert sum(one["heard"] for one in made) < 2 * MESSAGES
