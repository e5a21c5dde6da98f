# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One active nova-compute a service, whatever happens to its process, its Docker host or its network."""

from __future__ import annotations

import time

import pytest
from lease_watch import consumes
from site_of_leases import ACTIVE, PATIENCE, ROUNDS, STANDBY, part_of, wait_until

SERVICE = "leased-001"
# From the kill of the active container to the standby's lease, and to its first consumer.
LEASE_SECONDS, CONSUMING_SECONDS = 3, 15


def test_each_service_is_active_once_and_waits_once(site, watch):
    for service in watch.services:
        active, standby = site.settled(service)
        assert active is not standby
    assert {len(host.services()) for host in site.hosts.values()} == {len(watch.services)}


def test_a_second_deployment_changes_nothing(site):
    done = site.deploy()
    assert done.stdout.count("changed=0") == 2, done.stdout[-2000:]


@pytest.mark.parametrize("number", range(min(ROUNDS, 10)))
def test_the_standby_takes_over_from_one_that_is_killed(site, watch, number):
    active, standby = site.settled(SERVICE)
    begin = time.time()
    active.container(SERVICE, "kill")
    assert wait_until(lambda: consumes(watch, standby, SERVICE), CONSUMING_SECONDS) is not None
    consuming, lease = time.time() - begin, standby.logged(SERVICE, "holds novafleet.lease", begin) - begin
    print(f"killed: the standby has the lease after {lease:.1f} s and consumes after {consuming:.1f} s")
    assert lease < LEASE_SECONDS * PATIENCE
    active.container(SERVICE, "start")
    assert site.settled(SERVICE) == (standby, active)


def test_a_standby_that_is_cut_off_disturbs_nobody(site, watch):
    active, standby = site.settled(SERVICE)
    standby.network.cut(site.ports["bus"])
    time.sleep(20)
    assert part_of(active, SERVICE) == ACTIVE
    standby.network.heal()
    assert wait_until(lambda: part_of(standby, SERVICE) == STANDBY, 30) is not None
    assert part_of(active, SERVICE) == ACTIVE


def test_two_containers_started_by_hand_are_one_nova_compute(site, watch):
    active, standby = site.settled("leased-002")
    for host in (active, standby):
        host.container("leased-002", "stop", "--time", "30")
    for host in (active, standby):
        host.container("leased-002", "start")
    site.settled("leased-002")
