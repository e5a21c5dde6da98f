# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures outages of the cloud while services run or start: the time until all are up again, and the load."""

from __future__ import annotations

import socket
import time

from . import host
from .fleet import groups
from .profile import Watch, now

# Seconds between two readings.
POLL_SECONDS = 0.3


class Storm:
    """A part of the cloud stops and comes back later."""

    def __init__(self, cloud, options, say):
        self.cloud, self.options, self.say = cloud, options, say

    def bus(self):
        """RabbitMQ is down while services run."""
        return self._outage("rabbitmq", lambda: None)

    def placement(self):
        """placement is down while all services start, as after a boot of the Docker host."""
        return self._outage("placement", self.cloud.services.restart)

    def keystone(self):
        """The same with Keystone."""
        return self._outage("keystone", self.cloud.services.restart)

    def _outage(self, service, meanwhile):
        restarts, least = self.cloud.services.restarts(), host.available_mb()
        self.say(f"storm: {service} stops")
        self.cloud.sandbox.stop(service)
        begin, busy = time.monotonic(), host.busy_s()
        meanwhile()
        while time.monotonic() - begin < self.options.outage_seconds:
            least = min(least, host.available_mb())
            time.sleep(1)
        away = time.monotonic() - begin
        percent = (host.busy_s() - busy) / away * 100
        self.cloud.sandbox.start(service)
        self.say(f"storm: {service} is back after {away:.0f} s")
        back = time.time()
        with Watch(self.cloud, now(), len(restarts)) as watch:
            bus_s, leases_s = self._leases(len(restarts))
            watch.wait(self.options.timeout)
        times = [count - restarts.get(name, 0) for name, count in self.cloud.services.restarts().items()]
        self.say(f"storm: {len(watch.up)} of {len(restarts)} up again after {watch.last - back:.0f} s")
        return dict(
            services=len(restarts),
            outage_seconds=away,
            cpu_percent_meanwhile=percent,
            up=len(watch.up),
            seconds_to_bus=bus_s,
            seconds_to_leases=leases_s,
            seconds_to_up=watch.last - back,
            restarts=sum(times),
            most_restarts=max(times, default=0),
            least_available_mb=min(least, watch.least_mb),
        )

    def _leases(self, wanted):
        """Seconds until RabbitMQ accepts connections, and from then until enough services hold their lease."""
        begin = time.monotonic()
        while not _accepts(self.cloud.bus_port()) and time.monotonic() - begin < self.options.timeout:
            time.sleep(POLL_SECONDS)
        bus = time.monotonic()
        while self._holders() < wanted and time.monotonic() - begin < self.options.timeout:
            time.sleep(POLL_SECONDS)
        return bus - begin, time.monotonic() - bus

    def _holders(self):
        """Number of services that hold their lease, counted by the name of their process (docs/lease.md)."""
        table, of = groups(self.cloud.services, self.cloud.sandbox)
        return len(of["services"] & host.named(table, "nova-compute"))


def _accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
