# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a service is away. Collected where LEASE_ROUNDS asks for more than one round, on a quiet machine."""

from __future__ import annotations

import statistics
import time

from lease_watch import consumes
from requests_stream import Stream
from site_of_leases import wait_until

# A standby asks so often whether the lease is free.
ASKS_SECONDS = 1.5


def test_a_change_with_a_standby_interrupts_a_service_about_as_long_as_a_restart(site, watch, services, settled):
    with Stream(site, services) as stream:
        site.describe(services, services_nova_conf={"compute": {"max_concurrent_disk_ops": 3}})
        site.deploy()
        stream.sent()
        rolled = [stream.longest_wait(service) for service in services]
    pairs = {service: site.settled(service) for service in services}
    with Stream(site, services) as stream:
        for service, (active, standby) in pairs.items():
            standby.container(service, "stop", "--time", "30")
            active.container(service, "restart", "--time", "30")
            assert wait_until(lambda active=active, service=service: consumes(watch, active, service), 60) is not None
        time.sleep(2)
        stream.sent()
        restarted = [stream.longest_wait(service) for service in services]
    for service, (_active, standby) in pairs.items():
        standby.container(service, "start")
    rows = {"rolling change": rolled, "restart": restarted}
    print({name: [round(seconds, 1) for seconds in row] for name, row in rows.items()}, "s a request waited at most")
    assert statistics.median(rolled) <= statistics.median(restarted) + ASKS_SECONDS
