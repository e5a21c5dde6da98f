# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The message bus goes away and comes back, and its administrator interferes; no nova-compute is restarted for it."""

from __future__ import annotations

import json
import os
import re
import time

import pytest
from helper import docker
from sandbox_bus import BUS, rabbitmqctl
from site_of_leases import ACTIVE, part_of, wait_until

SERVICE = "leased-003"
AWAY_SECONDS = [int(seconds) for seconds in os.environ.get("LEASE_AWAY_SECONDS", "45").split(",")]
BACK_SECONDS = 15


def processes(site):
    """Docker host -> service -> (process id, restarts) of every container."""
    found = {}
    for name, host in site.hosts.items():
        details = json.loads(host.docker("inspect", *host.docker("ps", "--quiet").split()))
        found[name] = {one["Name"]: (one["State"]["Pid"], one["RestartCount"]) for one in details}
    return found


def active_hosts(site, services):
    return {service: site.where(service, ACTIVE) for service in services}


def lease_connections():
    """Service -> process id in RabbitMQ of the connection that holds or waits for its lease, by Docker container."""
    found = {}
    for line in rabbitmqctl("list_connections", "pid", "client_properties").splitlines():
        pid, _tab, properties = line.partition("\t")
        match = re.search(r"lease of (\S+) on \S+ container (\w+)", properties)
        if match:
            found.setdefault(match.group(1), {})[match.group(2)] = pid
    return found


def all_active(site, services):
    return all(active_hosts(site, services).values())


@pytest.mark.parametrize("seconds", [0, *AWAY_SECONDS])
def test_a_bus_that_was_away_restarts_nothing_and_finds_the_same_ones_active(site, watch, seconds):
    before, running = active_hosts(site, watch.services), processes(site)
    assert all(before.values())
    docker("stop", "--time", "5", BUS)
    time.sleep(seconds)
    docker("start", BUS)
    assert wait_until(lambda: watch.consumers[SERVICE] is not None, 60) is not None
    took = wait_until(lambda: all_active(site, watch.services), BACK_SECONDS)
    print(f"bus away for {seconds} s: leases back {took} s after it answers")
    assert took is not None
    assert wait_until(lambda: set(watch.consumers.values()) == {1}, 90) is not None
    assert active_hosts(site, watch.services) == before
    assert processes(site) == running


def test_rabbitmq_tells_who_holds_a_lease_and_who_waits(site):
    active, standby = site.settled(SERVICE)
    found = lease_connections()[SERVICE]
    idents = {json.loads(host.container(SERVICE, "inspect"))[0]["Id"][:12] for host in (active, standby)}
    assert set(found) == idents


def test_a_lease_connection_that_an_administrator_closes_is_opened_again(site, watch):
    active, _standby = site.settled(SERVICE)
    begin, running = time.time(), processes(site)
    ident = json.loads(active.container(SERVICE, "inspect"))[0]["Id"][:12]
    rabbitmqctl("close_connection", lease_connections()[SERVICE][ident], "closed by a test")
    assert wait_until(lambda: "lost the lease" in active.log(SERVICE, begin), 10) is not None
    assert wait_until(lambda: part_of(active, SERVICE) == ACTIVE, 5) is not None
    assert processes(site) == running
    assert wait_until(lambda: watch.consumers[SERVICE] == 1, 5) is not None


def test_a_lease_queue_that_an_administrator_deletes_is_declared_again(site, watch):
    active, _standby = site.settled(SERVICE)
    begin, running = time.time(), processes(site)
    queue = f'rabbit_misc:r(<<"/">>, queue, <<"novafleet.lease.{SERVICE}">>)'
    # Its command delete_queue refuses exclusive ones.
    rabbitmqctl(
        "eval", f'{{ok, Q}} = rabbit_amqqueue:lookup({queue}), rabbit_amqqueue:delete(Q, false, false, <<"a test">>).'
    )
    assert wait_until(lambda: "lost the lease" in active.log(SERVICE, begin), 10) is not None
    assert wait_until(lambda: part_of(active, SERVICE) == ACTIVE, 5) is not None
    assert processes(site) == running
    assert wait_until(lambda: watch.consumers[SERVICE] == 1, 5) is not None
