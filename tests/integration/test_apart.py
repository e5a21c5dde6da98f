# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of one Docker host on a real bus: real oslo.messaging, a real RabbitMQ, nova.conf as the role renders it.

As containers on the host's network they have one host name and one process name, and a /dev/shm each.
"""

from __future__ import annotations

import contextlib
import json
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
BASES = TOP / "tests" / "unit" / "plugins" / "plugin_utils" / "bases"
TEMPLATES = TOP / "roles" / "services" / "templates"
KOLLA = (BASES / "kolla_vmware.conf").read_text(encoding="utf-8")
RELEASES = ("31.3.1", "32.2.1", "33.0.2", "34.0.0")
# Of each service; seconds.
CALLS, TIMEOUT = 30, 8
MESSAGES = 10
ARRIVE_SECONDS = 2
R = "oslo_messaging_rabbit"
# Each has another /dev/shm, as containers have.
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
        layers = dict(services_nova_conf=locks, services_nova_conf_test=overrides)
        renderer = Renderer(TEMPLATES, base)
        text = renderer.render(service, service, DRIVERS["vcenter"], Settings({**own, **layers}, {})).nova_conf
        path = tmp_path / f"{service}.conf"
        path.write_text(text, encoding="utf-8")
        return path

    return write


class Service:
    """A running rpc_service.py."""

    def __init__(self, python, log, *arguments):
        self.log = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*APART, python, PROGRAM, *map(str, arguments)],
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

    def run(conductor, *computes):
        with contextlib.ExitStack() as stack:

            def start(kind, path, *numbers):
                service = Service(python, tmp_path / f"{path.stem}.log", kind, path, *numbers)
                stack.callback(service.kill)
                assert service.read() == "ready"
                return service

            sender = start("conductor", conductor)
            running = [start("compute", path, CALLS, TIMEOUT) for path in computes]
            for compute in running:
                compute.say()
            answers = [json.loads(compute.read()) for compute in running]
            for _number in range(MESSAGES):
                sender.say()
            time.sleep(ARRIVE_SECONDS)
            return [answer | json.loads(compute.end()) for compute, answer in zip(running, answers, strict=True)]

    return run


WHOLE = dict(answered=CALLS, heard=MESSAGES)
UNNAMED = {R: {"hostname": None}}
NO_STREAMS = {"rabbit_stream_fanout": False}


@pytest.mark.parametrize("release", RELEASES, indirect=True)
def test_services_get_their_own_answers_on_kollas_base(conf, traffic, broker, bus):
    made = traffic(conf("conductor", KOLLA), conf("one", KOLLA), conf("other", KOLLA))
    assert made == [WHOLE, WHOLE]
    queues = broker.nodes[0].queues(vhost=bus.rpartition("/")[2])
    assert {name for name in queues if name.startswith("reply_")} == {
        "reply_one:nova-compute:1",
        "reply_other:nova-compute:1",
    }


def test_without_a_name_of_their_own_they_take_each_others(conf, traffic):
    """What the other tests guard against, which shows that they would notice it."""
    made = traffic(conf("conductor", KOLLA), conf("one", KOLLA, **UNNAMED), conf("other", KOLLA, **UNNAMED))
    assert sum(one["answered"] for one in made) < 2 * CALLS


def test_kollas_own_nova_compute_beside_them_is_not_disturbed(conf, traffic):
    made = traffic(conf("conductor", KOLLA), conf("one", KOLLA), conf("kolla", KOLLA, **UNNAMED), conf("other", KOLLA))
    assert made == [WHOLE] * 3


def test_each_hears_what_is_said_to_all_without_streams(conf, traffic):
    """Queues for that are named in the same way."""
    kolla = {R: NO_STREAMS}
    made = traffic(conf("conductor", KOLLA), conf("one", KOLLA, **kolla), conf("other", KOLLA, **kolla))
    assert made == [WHOLE, WHOLE]
    kolla = {R: {**NO_STREAMS, "hostname": None}}
    made = traffic(conf("conductor", KOLLA), conf("one", KOLLA, **kolla), conf("other", KOLLA, **kolla))
    assert sum(one["heard"] for one in made) < 2 * MESSAGES
