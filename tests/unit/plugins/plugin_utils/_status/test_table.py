# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import status_cells, status_text, table


def row(**values):
    entry = dict(
        service="a", target="xs-01", docker_host="d1", state="running", part="active", health=None, nova_state="up",
        level=None, nova_status="enabled", age_seconds=90, memory_bytes=150 * 2**20, cause=None, disagreements=[],
    )  # fmt: skip
    return dict(entry, **values)


def test_cells_of_a_service_that_is_well():
    assert status_cells(row()) == {
        "service": "a",
        "target": "xs-01",
        "docker host": "d1",
        "container": "running",
        "nova": "up",
        "age": "1m",
        "memory": "150 MiB",
    }


def test_cells_of_what_is_nowhere():
    nothing = row(target=None, docker_host=None, state=None, nova_state=None, age_seconds=None, memory_bytes=None)
    assert list(status_cells(nothing).values()) == ["a", "not in inventory", "-", "-", "-", "-", "-"]


def test_a_container_is_missing_only_if_all_docker_hosts_have_answered():
    missing = [dict(kind="missing", level="error", text="has no container", cure="Deploy.")]
    assert status_cells(row(state=None, disagreements=missing))["container"] == "missing"
    assert status_cells(row(state=None))["container"] == "unknown"


def test_health_and_being_disabled_stand_beside_the_state():
    cells = status_cells(row(health="unhealthy", nova_status="disabled"))
    assert (cells["container"], cells["nova"]) == ("running (unhealthy)", "up (disabled)")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (dict(part="active"), "running"),
        (dict(part="standby"), "running (standby)"),
        (dict(part="starting"), "running (standby)"),
        (dict(part=None), "running"),
        (dict(part="standby", health="healthy"), "running (healthy, standby)"),
        (dict(part=None, state="exited"), "exited"),
    ],
)
def test_which_containers_wait_for_their_lease_is_shown(values, shown):
    assert status_cells(row(**values))["container"] == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86399, "23h"), (86400, "1d"), (900000, "10d")],
)
def test_age(seconds, shown):
    assert status_cells(row(age_seconds=seconds))["age"] == shown


@pytest.mark.parametrize(("size", "shown"), [(0, "0 MiB"), (2**30, "1024 MiB")])
def test_memory(size, shown):
    assert status_cells(row(memory_bytes=size))["memory"] == shown


def test_text_is_a_table_then_problems_then_disagreements_then_a_summary():
    found = [dict(level="error", kind="down", text="is down", cure="Mend it.")]
    summary = dict(services=2, disagreements=1, problems=1, kinds={"down": 1})
    services = [row(), row(service="b", level="error", disagreements=found, cause="NotFound: x")]
    assert status_text(dict(services=services, problems=["d2: silent"], summary=summary)) == [
        "SERVICE  TARGET  DOCKER HOST  CONTAINER  NOVA  AGE  MEMORY",
        "a        xs-01   d1           running    up    1m   150 MiB",
        "b        xs-01   d1           running    up    1m   150 MiB  !!",
        "d2: silent",
        "error: b: is down. Mend it.",
        "  the log of b: NotFound: x",
        "2 services, 1 disagreements (1 down), 1 problems",
    ]


def test_text_of_a_fleet_that_is_well_ends_with_what_it_is():
    summary = dict(services=1, disagreements=0, problems=0, kinds={})
    assert status_text(dict(services=[row()], problems=[], summary=summary))[-1] == "1 services, 0 disagreements"


def test_table_is_aligned_without_trailing_space():
    rows = [dict(service="a", state="running"), dict(service="long-name", state="up")]
    assert table(rows, ("service", "state")) == ["SERVICE    STATE", "a          running", "long-name  up"]


def test_table_of_nothing_is_its_heading():
    assert table([], ("service", "state")) == ["SERVICE  STATE"]
