# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches all along what the lease promises: from the kernel and from RabbitMQ, not from the collection."""

from __future__ import annotations

import collections
import contextlib
import os
import re
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import amqp
from site_of_leases import ACTIVE, PATIENCE, PAUSE, DockerHost, part_of

HOST = re.compile(r"^host = (.+)$", re.MULTILINE)
# A process that was frozen ends within this time of its thaw, before it begins anything.
ENDS_WITHIN = 0.5 * PATIENCE


def _hosts(transport_url: str) -> list[str]:
    """Such as C(user:password@host:port), of all nodes."""
    return urlsplit(transport_url).netloc.split(",")


def past_the_lease() -> dict[str, int]:
    """Service host -> nova-computes that run now and hold the lease; those that are stopped (SIGSTOP) do not run."""
    found = collections.defaultdict(set)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, AttributeError):
            if (process / "comm").read_text() != "nova-compute\n":
                continue
            if (process / "stat").read_text().rpartition(")")[2].split()[0] in "TtZ":
                continue
            conf = (process / "root/etc/nova/nova.conf").read_text()
            found[HOST.search(conf).group(1)].add(os.readlink(process / "ns/pid"))
    return {service: len(spaces) for service, spaces in found.items()}


class LeaseWatch(threading.Thread):
    """Samples until stop().

    Attributes:
        violations: list of str: two nova-computes past the lease of one service host, or two consumers of its queue.
        samples: looks at all processes; answers: looks at the queues.
        consumers: dict, service -> number at the last look, or None while the bus does not answer.
    """

    def __init__(self, transport_url: str, services: list[str]) -> None:
        super().__init__(daemon=True)
        self.hosts, self.services = [urlsplit(f"//{host}") for host in _hosts(transport_url)], services
        self.violations: list[str] = []
        self.samples = self.answers = 0
        self.consumers: dict[str, int | None] = dict.fromkeys(services)
        self.over, self.bus = threading.Event(), None
        self.twins: dict[str, float] = {}
        self.start()

    def stop(self) -> None:
        self.over.set()
        self.join()

    def run(self) -> None:
        while not self.over.wait(PAUSE):
            self._processes()
            self._queues()

    def _processes(self) -> None:
        found, now = past_the_lease(), time.time()
        self.samples += 1
        self.twins = {one: self.twins.get(one, now) for one, number in found.items() if number > 1}
        self.violations += [
            f"{now:.1f}: {found[one]} nova-computes of {one}"
            for one, since in self.twins.items()
            if now - since > ENDS_WITHIN
        ]

    def _queues(self) -> None:
        try:
            if self.bus is None:
                self._connect()
            self.consumers = {one: self._consumers(one) for one in self.services}
        except (OSError, amqp.AMQPError, AttributeError):
            self.bus, self.consumers = None, dict.fromkeys(self.services)
            return
        self.answers += 1
        for one, number in self.consumers.items():
            if number > 1:
                self.violations.append(f"{time.time():.1f}: {number} consumers of compute.{one}")

    def _connect(self) -> None:
        """To the next node, as this one may be dead."""
        self.hosts.append(self.hosts.pop(0))
        host, limits = self.hosts[0], dict(connect_timeout=2, read_timeout=2, write_timeout=2)
        bus = amqp.Connection(f"{host.hostname}:{host.port}", host.username, host.password, **limits)
        bus.connect()
        self.bus = bus

    def _consumers(self, service: str) -> int:
        try:
            channel = self.bus.channel()
            found = channel.queue_declare(f"compute.{service}", passive=True).consumer_count
        except amqp.NotFound:
            return 0
        channel.close()
        return found


def consumes(watch: LeaseWatch, host: DockerHost, service: str) -> bool:
    """Whether the service's container of this Docker host is active and has the only consumer of its requests."""
    return part_of(host, service) == ACTIVE and watch.consumers[service] == 1
