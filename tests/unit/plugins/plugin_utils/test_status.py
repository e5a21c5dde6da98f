# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import status_rows, table


def container(name, state="running", age=None, memory=None, health=""):
    return dict(name=name, state=state, health=health, age_seconds=age, memory_bytes=memory)


def record(host, state="up", status="enabled"):
    return dict(host=host, state=state, status=status)


def one_row(found=None, nova=(), **entry):
    entry = found or container("a", **entry)
    (row,) = status_rows([dict(service="a", target="xs-01")], {"d1": [entry]}, nova)
    return row


def test_row_of_a_service_that_is_well():
    assert one_row(age=90, memory=150 * 2**20, nova=[record("a")]) == {
        "service": "a",
        "target": "xs-01",
        "docker host": "d1",
        "container": "running",
        "nova": "up",
        "age": "1m",
        "memory": "150 MiB",
    }


def test_health_stands_beside_the_state():
    assert one_row(health="unhealthy")["container"] == "running (unhealthy)"


def test_a_target_without_container_is_missing():
    (row,) = status_rows([dict(service="a", target="xs-01")], {"d1": []}, [record("a", "down")])
    assert list(row.values()) == ["a", "xs-01", "-", "missing", "down", "-", "-"]


def test_a_container_without_target_is_not_in_the_inventory():
    (row,) = status_rows([], {"d1": [container("a")]}, [])
    assert (row["target"], row["nova"]) == ("not in inventory", "unknown")


def test_a_service_on_two_hosts_has_two_rows_in_order():
    rows = status_rows([dict(service="a", target="a")], {"d2": [container("a")], "d1": [container("a")]}, [])
    assert [row["docker host"] for row in rows] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("nova", "shown"),
    [([], "unknown"), ([record("a", "down")], "down"), ([record("a", "up", "disabled")], "up (disabled)")],
)
def test_nova_state(nova, shown):
    assert one_row(nova=nova)["nova"] == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (86400, "1d"),
        (900000, "10d"),
    ],
)
def test_age(seconds, shown):
    assert one_row(age=seconds)["age"] == shown


@pytest.mark.parametrize(("size", "shown"), [(None, "-"), (0, "0 MiB"), (2**30, "1024 MiB")])
def test_memory(size, shown):
    assert one_row(memory=size)["memory"] == shown


def test_table_is_aligned_without_trailing_space():
    rows = [dict(service="a", state="running"), dict(service="long-name", state="up")]
    assert table(rows, ("service", "state")) == ["SERVICE    STATE", "a          running", "long-name  up"]


def test_table_of_nothing_is_its_heading():
    assert table([], ("service", "state")) == ["SERVICE  STATE"]
