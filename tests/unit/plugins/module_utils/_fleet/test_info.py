# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import functools
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.info import fleet_info


@pytest.fixture(autouse=True)
def this_machine(kernel, monkeypatch):
    monkeypatch.setattr(cgroups, "Groups", functools.partial(cgroups.Groups, str(kernel.proc), str(kernel.root)))


def test_only_this_fleet_in_order_of_services(engine):
    engine.add("n-b", "b")
    engine.add("n-a", "a", state="exited")
    engine.add("theirs", "a", fleet="theirs")
    engine.add("unlabelled")
    assert [(one["name"], one["container"], one["state"]) for one in fleet_info(engine, "nova")] == [
        ("a", "n-a", "exited"),
        ("b", "n-b", "running"),
    ]


def test_entry_says_what_docker_said(engine):
    made = engine.add("n-a", "a", digest="d")
    (entry,) = fleet_info(engine, "nova")
    assert entry == dict(
        name="a",
        target="",
        driver="",
        container="n-a",
        id=made.id,
        state="running",
        part=None,
        health="",
        status="running",
        image="nova:1",
        image_id="sha256:1",
        image_current=True,
        created=0,
        labels={"novafleet.fleet": "nova", "novafleet.service": "a", "novafleet.spec": "d"},
        age_seconds=None,
        started_at=None,
        memory_bytes=None,
        cpu_seconds=None,
    )


def test_without_details_an_entry_has_what_a_deployment_decides_by(engine):
    made = engine.add("n-a", "a")
    made.labels.update({"novafleet.target": "t", "novafleet.driver": "fake"})
    assert fleet_info(engine, "nova", details=False) == [
        dict(name="a", id=made.id, state="running", part=None, image="nova:1", target="t", driver="fake")
    ]
    assert not engine.calls


@pytest.mark.parametrize("image", ["sha256:9", "nova:gone"], ids=["the name leads elsewhere", "the name is gone"])
def test_image_that_its_name_leads_to_no_more(engine, image):
    engine.add("n-a", "a", image=image)
    assert fleet_info(engine, "nova")[0]["image_current"] is False


def test_health_is_told(engine):
    engine.add("n-a", "a")
    engine.healths = {"a": ["unhealthy"]}
    assert fleet_info(engine, "nova")[0]["health"] == "unhealthy"


def test_restarts_cost_one_request_a_container_and_only_if_asked_for(engine):
    made = [engine.add(f"n-{name}", name) for name in "ab"]
    engine.restarts[made[1].id] = 7
    assert [one["restarts"] for one in fleet_info(engine, "nova", restarts=True)] == [0, 7]
    assert sorted(engine.calls) == [("inspect", "a", "n-a"), ("inspect", "b", "n-b")]
    assert "restarts" not in fleet_info(engine, "nova")[0]


def test_restarts_of_a_container_that_went_meanwhile(engine):
    engine.add("n-a", "a")
    engine.fail("inspect", "a", NotFound("no container"))
    assert fleet_info(engine, "nova", restarts=True)[0]["restarts"] is None


def test_one_request_whatever_the_number(engine):
    for number in range(5):
        engine.add(f"n-{number}", str(number))
    fleet_info(engine, "nova")
    assert engine.calls == []


def test_logs_of_the_services_asked_for_are_masked(engine):
    engine.add("n-a", "a")
    engine.add("n-b", "b")
    engine.logs = {"a": "password = s3cret", "b": "never read"}
    a, b = fleet_info(engine, "nova", log_services=["a"])
    assert a["log"] == a["cause"] == "password = ********"
    assert "log" not in b and "cause" not in b
    assert {service for _method, service, _name in engine.calls} == {"a"}


def test_a_long_log_is_read_for_its_cause_and_shown_in_part(engine):
    engine.add("n-a", "a")
    first = "2026-11-25 19:00:01.123 7 ERROR nova [-] bad"
    engine.logs = {"a": f"{first}\n2026-11-25 19:00:01.124 7 INFO nova [-] 2\n"}
    (entry,) = fleet_info(engine, "nova", log_services=["a"], log_lines=1)
    assert entry["log"] == "2026-11-25 19:00:01.124 7 INFO nova [-] 2\n"
    assert entry["cause"] == "bad"


@pytest.mark.parametrize(("restarts", "since"), [(0, "2026-11-23T01:02:03.456789Z"), (3, None)])
def test_an_earlier_life_counts_only_where_docker_ended_it(engine, restarts, since):
    made = engine.add("n-a", "a")
    engine.restarts[made.id] = restarts
    fleet_info(engine, "nova", log_services=["a"])
    assert engine.since == {"a": since}


def test_the_log_of_a_container_that_went_meanwhile_is_empty(engine):
    engine.add("n-a", "a")
    engine.fail("inspect", "a", NotFound("no container"))
    (entry,) = fleet_info(engine, "nova", log_services=["a"])
    assert (entry["log"], entry["cause"]) == ("", "")


def test_what_the_kernel_tells_stands_in_the_entry(engine, kernel):
    counted = dict(memory__current="1000\n", memory__stat="inactive_file 300\n", cpu__stat="usage_usec 1500000\n")
    kernel.container(engine.add("n-a", "a").id, "docker-init", "nova-standby", **counted)
    (entry,) = fleet_info(engine, "nova")
    assert (entry["part"], entry["memory_bytes"], entry["cpu_seconds"]) == ("standby", 700, 1.5)
    assert abs(entry["age_seconds"] - 90) <= 2
    started = datetime.datetime.strptime(entry["started_at"], "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc
    )
    assert abs(time.time() - started.timestamp() - 90) <= 2


def test_what_does_not_run_tells_nothing(engine, kernel):
    kernel.container(engine.add("n-a", "a", state="exited").id, "nova-compute", memory__current="1000\n")
    (entry,) = fleet_info(engine, "nova")
    told = [entry[what] for what in ("part", "age_seconds", "started_at", "memory_bytes", "cpu_seconds")]
    assert told == [None] * 5
