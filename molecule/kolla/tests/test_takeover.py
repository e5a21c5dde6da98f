# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kolla-ansible's nova-compute is adopted as docs/adopt.md describes. This comes last: it is gone afterwards."""

from __future__ import annotations

import subprocess
import time

from conftest import SCENARIO
from helper import another_heartbeat, docker, eventually, identities, inspect, log_of

TAKEN_OVER_SECONDS = 30
# What the steps of docs/kolla-ansible.md stop and remove.
STOPPED = ["/run/kolla-nova_compute-container.pid", "container nova_compute"]


def test_adopted_as_the_same_service_once_it_is_stopped(cloud, kolla_host, deploy_one, changes):
    before = identities(cloud, [kolla_host])
    done = deploy_one("former-kolla", {"services_host": kolla_host})
    assert f"{kolla_host}: waits for its lease" in " ".join(done.stdout.split())
    assert "so another nova-compute works" in log_of(kolla_host)
    started = inspect(f"nova-compute-{kolla_host}")[0]["State"]["StartedAt"]
    assert changes() == []
    begin = time.time()
    subprocess.run([SCENARIO / "kolla/unit.sh", "stop", "nova_compute"], check=True, capture_output=True)
    stopped = time.time()
    docker("rm", "nova_compute")
    assert eventually(lambda: "Starting compute node" in log_of(kolla_host), TAKEN_OVER_SECONDS)
    print(f"taken over {time.time() - stopped:.1f} s after the stop, which took {stopped - begin:.1f} s")
    assert another_heartbeat(cloud, kolla_host)
    assert inspect(f"nova-compute-{kolla_host}")[0]["State"]["StartedAt"] == started
    assert identities(cloud, [kolla_host]) == before
    assert changes() == STOPPED
