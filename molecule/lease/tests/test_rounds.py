# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rounds of freezing and of cutting off all active nova-computes at once, each under a steady stream of requests."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
from lease_watch import consumes
from requests_stream import Stream
from sandbox_bus import bus_log, rabbitmqctl
from site_of_leases import ACTIVE, PATIENCE, ROUNDS, STARTING, part_of, wait_until

# The successor consumes within this time; RabbitMQ must first consider the connections of its predecessor dead.
TAKEN_OVER_SECONDS = 75
# For so long a container bears that the lease is refused: its own dead connection may hold it.
ENDS_SECONDS = 130
# Ten requests a second arrive, and each is accepted some milliseconds before it is begun.
MOST_LOST = 2 * PATIENCE
# Connections of nova-compute itself, as RabbitMQ logs them, and where they come from. Those of leases have other names.
OPENED = re.compile(r"\(127\.0\.0\.1:(\d+) -> .*has a client-provided name: nova-compute:")


@pytest.fixture(scope="module", autouse=True)
def _bus_tells_of_connections():
    rabbitmqctl("set_log_level", "info")
    yield
    rabbitmqctl("set_log_level", "warning")


def state(host, service):
    (found,) = json.loads(host.container(service, "inspect"))
    return found["State"], found["RestartCount"]


def processes(host, service):
    """Process ids of a container, nova-compute's among them."""
    first = state(host, service)[0]["Pid"]
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split())]


def freeze(host, service):
    for pid in processes(host, service):
        os.kill(pid, signal.SIGSTOP)


def thaw(host, service):
    for pid in reversed(processes(host, service)):
        os.kill(pid, signal.SIGCONT)


def taken_over(watch, standbys):
    """Seconds until each of the standbys, service -> Docker host, consumes; the order is that of the services."""
    begin, seconds = time.monotonic(), {}

    def all_consume():
        for service, host in standbys.items():
            if service not in seconds and consumes(watch, host, service):
                seconds[service] = time.monotonic() - begin
        return len(seconds) == len(standbys)

    done = wait_until(all_consume, TAKEN_OVER_SECONDS)
    assert done is not None, {service: host.log(service)[-2000:] for service, host in standbys.items()}
    return " ".join(f"{seconds[service]:.1f}" for service in standbys)


def assert_no_request_was_carried_out_twice(stream, sent, predecessors, successors):
    """Nor lost, but for those that the predecessor had accepted and not begun at its last moment."""
    for service, number in sent.items():
        done = stream.carried_out(service)
        before, after = done[predecessors[service].name], done[successors[service].name]
        assert before and after
        assert len(before + after) == len({*before, *after}), service
        lost = {*range(number)} - {*before, *after}
        print(f"{service}: {len(before)} + {len(after)} of {number} requests, each once; lost: {sorted(lost)}")
        assert lost <= {*range(max(before), min(after))} and len(lost) <= MOST_LOST, service


def assert_ended(hosts, restarts, seconds):
    """Each service's container on its Docker host was restarted within the time; service -> restarts before."""
    done = wait_until(lambda: all(state(hosts[one], one)[1] > before for one, before in restarts.items()), seconds)
    assert done is not None, {one: part_of(host, one) for one, host in hosts.items()}


def opened(site, host, since):
    """Source ports of the connections that nova-computes of a Docker host have opened since a time."""
    return {int(port) for port in OPENED.findall(bus_log(since))} & host.network.sources(site.ports["bus"])


def gathered(site, services):
    """The Docker host on which all services are active, once they are, and the other."""
    pairs = {service: site.settled(service) for service in services}
    here, there = pairs[services[0]]
    for service, (active, standby) in pairs.items():
        if active is there:
            active.container(service, "kill")
            assert wait_until(lambda service=service: part_of(here, service) == ACTIVE, 15) is not None
            active.container(service, "start")
            assert site.settled(service) == (standby, active)
    return here, there


@pytest.mark.parametrize("number", range(ROUNDS))
def test_frozen_ones_are_succeeded_and_end_when_they_thaw(site, watch, number):
    here, there = gathered(site, watch.services)
    predecessors, successors = (dict.fromkeys(watch.services, host) for host in (here, there))
    restarts = {service: state(here, service)[1] for service in watch.services}
    with Stream(site, watch.services) as stream:
        time.sleep(3)
        for service in watch.services:
            freeze(here, service)
        try:
            print(f"round {number}: consuming elsewhere {taken_over(watch, successors)} s after the freeze")
            time.sleep(3)
        finally:
            thawed = time.time()
            for service in watch.services:
                thaw(here, service)
        assert_ended(predecessors, restarts, 10)
        time.sleep(3)
        assert not opened(site, here, thawed)
        sent = stream.sent()
        assert_no_request_was_carried_out_twice(stream, sent, predecessors, successors)
    for service in watch.services:
        assert "this nova-compute ends" in here.log(service, stream.begin)
        assert site.settled(service) == (there, here)
    assert opened(site, there, stream.begin), "the check of connections sees none, although successors opened theirs"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_those_of_a_docker_host_that_is_cut_off_are_succeeded_and_begin_nothing_when_it_is_healed(site, watch, number):
    here, there = gathered(site, watch.services)
    predecessors, successors = (dict.fromkeys(watch.services, host) for host in (here, there))
    restarts = {service: state(here, service)[1] for service in watch.services}
    with Stream(site, watch.services) as stream:
        time.sleep(3)
        # Every second round only the bus is cut off.
        here.network.cut(*[site.ports["bus"]][: number % 2])
        try:
            seconds = taken_over(watch, successors)
            print(f"round {number}: consuming elsewhere {seconds} s after the cut")
            time.sleep(3)
        finally:
            healed = time.time()
            here.network.heal()
        time.sleep(8)
        waiting = wait_until(lambda: {part_of(here, service) for service in watch.services} == {STARTING}, 8)
        assert waiting is not None
        if number + 1 == ROUNDS > 1:
            assert_ended(predecessors, restarts, ENDS_SECONDS)
        assert not opened(site, here, healed)
        sent = stream.sent()
        assert_no_request_was_carried_out_twice(stream, sent, predecessors, successors)
    for service in watch.services:
        if state(here, service)[1] == restarts[service]:
            here.container(service, "restart", "--time", "0")
        assert site.settled(service) == (there, here)
