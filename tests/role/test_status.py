# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook status, and the metrics that it writes, also where something could not be asked."""

from __future__ import annotations

import re

import pytest

API = "nova-api-host"
KILLED = "kill -9 $$"
NO_ROUTE = dict(ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1)


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """Two Docker hosts with a fleet, which no test changes."""
    site = make_shared_site(docker_hosts=("d1", "d2"), targets=("t1", "t2", "t3", "t4"))
    site.deploy()
    return site


@pytest.fixture
def path(shared, tmp_path):
    return tmp_path / "fleet.prom"


def metrics(path):
    """Metric -> list of (dict of labels, value)."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"([a-z_]+)\{(.*)\} (\S+)", line).groups()
            found.setdefault(name, []).append((dict(re.findall(r'([a-z_]+)="([^"]*)"', labels)), float(value)))
    return found


def unanswered(found):
    """Which queries failed, and where."""
    queries = found["novafleet_query_success"]
    return {(labels["query"], labels["docker_host"]) for labels, value in queries if not value}


def test_the_metrics_of_a_healthy_fleet(shared, path):
    run = shared.run("status", services_status_metrics=str(path))
    assert not run.failed, run.text
    assert run.results("Write it as metrics")["d1"]["changed"]
    assert path.stat().st_mode & 0o777 == 0o644
    found = metrics(path)
    assert unanswered(found) == set()
    assert {labels["query"] for labels, _value in found["novafleet_query_success"]} == {
        "containers", "plan", "nova", "placement",
    }  # fmt: skip
    assert found["novafleet_services"] == [({"fleet": shared.fleet}, 4)]
    assert found["novafleet_problems"] == [({"fleet": shared.fleet}, 0)]
    assert {(labels["target"], value) for labels, value in found["novafleet_service_up"]} == {
        (target, 1) for target in shared.targets
    }
    places = {labels["service_host"]: labels["docker_host"] for labels, _value in found["novafleet_container_state"]}
    assert places == shared.places()
    assert shared.cloud.settings["auth"]["password"] not in path.read_text(encoding="utf-8")


def test_check_mode_writes_no_metrics(shared, path):
    run = shared.run("status", "--check", services_status_metrics=str(path))
    assert not run.failed, run.text
    assert run.results("Write it as metrics")["d1"]["changed"]
    assert not path.exists()


def test_what_could_not_be_asked_is_in_the_metrics_beside_what_is_known(shared, path):
    with shared.broken("d1", KILLED, "containers_info"), shared.broken(API, KILLED, "nova_services_info"):
        run = shared.run("status", services_status_metrics=str(path), services_api_host=API)
    assert not run.failed, run.text
    found = metrics(path)
    assert unanswered(found) == {("containers", "d1"), ("nova", "")}
    assert "novafleet_service_up" not in found
    assert {labels["docker_host"] for labels, _value in found["novafleet_container_state"]} == {"d2"}
    assert "novafleet_disagreements" not in found


def test_a_docker_host_that_is_unreachable_does_not_make_its_services_missing(shared, path):
    known = dict(shared.hosts["d1"])
    shared.hosts["d1"].update(NO_ROUTE)
    try:
        run = shared.run("status", services_status_metrics=str(path))
    finally:
        shared.hosts["d1"].clear()
        shared.hosts["d1"].update(known)
    assert path.is_file(), run.text
    found = metrics(path)
    assert unanswered(found) == {("containers", "d1"), ("plan", "d1")}
    assert {value for _labels, value in found["novafleet_service_up"]} == {1}
    assert "novafleet_disagreements" not in found


def test_a_docker_host_that_a_limit_leaves_out_was_not_asked(shared, path):
    run = shared.run("status", "--limit", "d1", services_status_metrics=str(path))
    assert not run.failed, run.text
    found = metrics(path)
    assert unanswered(found) == {("containers", "d2")}
    assert "novafleet_disagreements" not in found
