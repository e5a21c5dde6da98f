# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-ins themselves: the life cycle of a fleet on them, and their faults."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from containers import LABEL_FLEET, LABEL_SERVICE


def test_deploy_then_nothing_to_do(site):
    site.deploy()
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
    before = list(site.engine().changes)
    again = site.deploy()
    assert again.stats["d1"]["changed"] == 0
    assert site.engine().changes == before
    assert not site.engine().unknown + site.cloud.unknown


def test_two_docker_hosts_share_the_targets(deployed_pair):
    assert sorted(deployed_pair.places().values()) == ["d1", "d1", "d2", "d2"]
    assert sorted(path.name for host in deployed_pair.engines for path in deployed_pair.config(host).iterdir()) == [
        "t1",
        "t2",
        "t3",
        "t4",
    ]


def test_nova_is_asked_and_targets_are_assigned_once_for_all_docker_hosts(deployed, deployed_pair):
    asked = []
    for site in (deployed, deployed_pair):
        before = site.cloud.asked["os-services"]
        site.deploy()
        asked.append(site.cloud.asked["os-services"] - before)
    assert asked[0] == asked[1] > 0


def test_a_changed_target_is_restarted_and_no_other(deployed):
    before = len(deployed.engine().changes)
    deployed.targets["t2"]["services_nova_conf"] = dict(DEFAULT=dict(debug=True))
    deployed.deploy()
    assert deployed.engine().changes[before:] == [("restart", deployed.engine().of("t2").name)]


def test_new_hosts_are_mapped_by_the_command(site):
    site.cloud.maps_hosts = False
    site.deploy(services_discover_command=site.cloud.discover_command, services_discover_host="localhost")
    assert all(record.mapped for record in site.cloud.records.values())


def test_a_service_that_ends_is_reported_with_its_log(site):
    site.engine().failing["t2"] = "ERROR nova: the password is wrong\n"
    run = site.run()
    assert "the password is wrong" in run.message
    assert site.places() == {"t1": "d1", "t3": "d1"}


def test_a_lost_container_is_replaced(deployed):
    lost = deployed.engine().lose("t1")
    deployed.deploy()
    assert deployed.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
    assert lost.poll() is not None


def test_an_orphan_is_ended_before_its_successor_starts(deployed):
    orphan = deployed.engine().orphan("t1")
    deployed.deploy()
    assert deployed.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
    assert orphan.poll() is not None


def test_containers_of_others_are_left_alone(site):
    other = site.engine().add("other", {LABEL_FLEET: "another", LABEL_SERVICE: "other"})
    site.deploy()
    assert site.engine().containers[other.id].state == "running"


FAULTS = {
    "html": ("html", 200, "text/html"),
    "500": ("html", 500, "text/html"),
    "empty": ("json", 200, "application/json"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_stand_ins_misbehave_as_told(site, fault):
    form, status, kind = FAULTS[fault]
    site.cloud.misbehave("os-services", fault, times=1)
    found, about, text = _get(site.cloud.url + "/compute/v2.1/os-services")
    assert (found, about) == (status, kind)
    assert text.startswith("<!DOCTYPE") if form == "html" else json.loads(text) == {}
    assert _get(site.cloud.url + "/compute/v2.1/os-services")[0] == 200


def test_stand_ins_cut_hang_and_let_go(site):
    site.cloud.misbehave("compute", "truncated")
    with pytest.raises(ValueError, match="Unterminated|Expecting"):
        json.loads(_get(site.cloud.url + "/compute/v2.1")[2])
    site.cloud.misbehave("compute", "hang")
    with pytest.raises(TimeoutError):
        _get(site.cloud.url + "/compute/v2.1", timeout=0.3)
    site.cloud.behave()
    assert _get(site.cloud.url + "/compute/v2.1")[0] == 200


def _get(url, timeout=5):
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()
