# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host aggregates and availability zones of new services (services_aggregates)."""

from __future__ import annotations

import pytest

RACK = dict(name="rack-1", availability_zone="az-1")
JOINING = "novafleet.compute, new: not in its host aggregates yet"


@pytest.fixture
def racks(make_site):
    """One Docker host; t1 and t2 in a rack, t2 with SSDs, t3 in none; hosts are mapped by the command."""
    site = make_site()
    site.cloud.maps_hosts = False
    site.targets["t1"] = dict(services_aggregates=[RACK])
    site.targets["t2"] = dict(services_aggregates=[RACK, dict(name="ssd")])
    site.vars.update(services_discover_command=site.cloud.discover_command, services_discover_host="localhost")
    return site


def reports(run):
    return run.results("Report what to know of this deployment")["d1"]["msg"]


def states(site):
    return {host: (record.status, record.reason) for host, record in site.cloud.records.items()}


def test_new_services_join_and_only_then_are_enabled(racks):
    racks.cloud.aggregate("ssd", hosts=["other"])
    plan = racks.deploy("--check")
    assert reports(plan) == [
        "t1: will join the new host aggregate rack-1 (availability zone az-1) when its host is mapped to a cell.",
        "t2: will join the new host aggregate rack-1 (availability zone az-1), the host aggregate ssd when its host is "
        "mapped to a cell.",
    ]
    assert racks.cloud.members() == {"ssd": ["other"]}
    run = racks.deploy()
    assert racks.cloud.members() == {"ssd": ["other", "t2"], "rack-1": ["t1", "t2"]}
    assert [one["availability_zone"] for one in racks.cloud.host_aggregates] == [None, "az-1"]
    assert set(states(racks).values()) == {("enabled", None)}
    joined = run.results("Join the host aggregates of new services")["d1"]
    assert joined["changed"] and joined["created"] == [RACK]
    (kept,) = [run.results("Keep new services disabled that have host aggregates to join")["d1"]["hosts"]]
    assert kept == ["t1", "t2"]


def test_a_second_run_asks_for_nothing_and_changes_nothing(racks):
    racks.deploy()
    asked = racks.cloud.asked["os-aggregates"]
    # An operator has taken it out, and put another one in.
    racks.cloud.host_aggregates[0]["hosts"].remove("t1")
    racks.cloud.host_aggregates[0]["hosts"].append("t3")
    members = racks.cloud.members()
    racks.targets["t3"]["services_aggregates"] = [dict(name="new")]
    again = racks.deploy()
    assert again.stats["d1"]["changed"] == 0
    assert (racks.cloud.members(), racks.cloud.asked["os-aggregates"]) == (members, asked)


def test_another_availability_zone_is_refused_before_anything_is_touched(racks):
    racks.cloud.aggregate("rack-1", "az-2")
    racks.targets["t3"]["services_aggregates"] = [dict(name="SSD")]
    racks.cloud.aggregate("ssd")
    racks.run().assert_refused(
        r"(?m)^t1: services_aggregates: the host aggregate rack-1 has the availability zone az-2 in nova, not az-1\. "
        r"Correct the variable, or the host aggregate in nova\.$",
        "(?m)^t2: services_aggregates: the host aggregate rack-1 has",
        "(?m)^t3: services_aggregates: nova has the host aggregate SSD as ssd",
    )
    assert not racks.engine().services()


def test_an_api_that_refuses_leaves_them_disabled_and_the_next_run_continues(racks):
    racks.cloud.misbehave("aggregate-action", "500", times=1, after=1)
    run = racks.run()
    assert run.failed and "services_aggregates: nova refuses to add t2 to rack-1: " in run.message, run.text
    assert states(racks) == {"t1": ("disabled", JOINING), "t2": ("disabled", JOINING), "t3": ("enabled", None)}
    # Other changes in between do not matter: what the run has announced is done.
    racks.targets["t1"]["services_aggregates"] = [RACK]
    again = racks.deploy()
    assert racks.cloud.members() == {"rack-1": ["t1", "t2"], "ssd": ["t2"]}
    assert [one["host"] for one in again.results("Join the host aggregates of new services")["d1"]["joined"]] == [
        "t2"
    ] * 2
    assert set(states(racks).values()) == {("enabled", None)}


def test_new_services_that_stay_disabled_join_too(racks):
    racks.deploy(services_new_state="disabled", services_new_reason="CHG1")
    assert racks.cloud.members()["rack-1"] == ["t1", "t2"]
    assert set(states(racks).values()) == {("disabled", "novafleet.compute, new: CHG1")}
    # From now on operators decide.
    racks.cloud.host_aggregates[0]["hosts"].clear()
    racks.deploy()
    assert racks.cloud.members()["rack-1"] == []
    assert set(states(racks).values()) == {("enabled", None)}


def test_without_nova_it_is_said(racks):
    run = racks.deploy(services_verify=False)
    assert reports(run)[0] == "t1, t2: services_aggregates: not looked at, because services_verify is false."
