# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import instances
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError
from nova_in_memory import nova


def test_instances_of_all_projects_by_host():
    connection = nova([], servers={"a": ["vm1", "vm2"], "b": []})
    assert instances.instances(connection, ["a", "b"]) == [dict(id=vm, name=vm, host="a") for vm in ("vm1", "vm2")]


def test_instances_of_a_cell_that_is_down_cannot_be_told():
    with pytest.raises(NovaError, match=r"^nova cannot reach the cell of a, "):
        instances.instances(nova([dict(host="a", status="UNKNOWN")]), ["a"])


def test_names_of_instances_wherever_they_are():
    assert instances.instance_names(nova([]), ["vm1", "unknown"]) == {"vm1": "vm1", "unknown": ""}


def test_migrations_say_where_from():
    expected = dict(id="m1", server_id="vm1", type="resize", status="finished", source="b")
    assert instances.migrations(nova([]), "a") == [expected]


@pytest.mark.parametrize(
    ("question", "ask"),
    [
        ("servers", lambda nova: instances.instances(nova, ["a"])),
        ("migrations", lambda nova: instances.migrations(nova, "a")),
    ],
)
def test_pages_that_lead_back_to_one_of_before_end(question, ask, monkeypatch):
    """openstacksdk sees a page that leads to itself, and follows two that lead to each other without end."""
    pages = itertools.cycle([SimpleNamespace(id="1", name="vm1"), SimpleNamespace(id="2", name="vm2")])
    if question == "migrations":
        monkeypatch.setattr(instances, "_migration", lambda one: one.id)
    connection = nova([])
    setattr(connection.compute, question, lambda **_query: pages)
    with pytest.raises(NovaError, match=f"/(os-)?{question} answered a page whose next one is a page before it"):
        ask(connection)
