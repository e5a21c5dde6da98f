# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import wait
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError
from nova_in_memory import Placement, hypervisor, nova, service


def test_waiting_outlives_a_cell_that_is_down_for_a_moment(monkeypatch):
    monkeypatch.setattr(wait.time, "sleep", lambda _seconds: None)
    connection = nova([dict(host="a", status="UNKNOWN")], [service("a")])
    assert wait.wait(connection, {"a": None}, [], 60)["not_up"] == []
    with pytest.raises(NovaError):
        wait.wait(nova([dict(host="a", status="UNKNOWN")]), {"a": None}, [], 0)


def test_wait_returns_at_once_when_all_is_well():
    connection = nova([service("a")], hypervisors=[hypervisor("a")], providers={"uuid-a": ("a", "uuid-a", [])})
    found = wait.wait(connection, {"a": None}, ["a"], timeout=60)
    assert (found["not_up"], found["not_mapped"], found["seconds"] < 5) == ([], [], True)
    assert len(connection.compute.requests) == 2


def test_no_request_outlasts_the_wait_and_the_next_may():
    connection = nova([service("a", state="down")])
    timeouts = []
    get = connection.compute.get
    connection.compute.get = lambda *args, **kw: timeouts.append(connection.session.timeout) or get(*args, **kw)
    wait.wait(connection, {"a": None}, [], 0)
    wait.wait(connection, {"a": None}, [], 0.5)
    wait.wait(connection, {}, [], 120)
    assert set(timeouts) == {5, 60}
    assert connection.session.timeout == 60


def test_wait_polls_until_the_last_is_up():
    connection = nova([], [service("a")], [service("a"), service("b", "down")], [service("a"), service("b")])
    assert wait.wait(connection, {"a": None, "b": None}, [], timeout=60)["not_up"] == []
    assert connection.compute.requests.count(("/os-services", dict(binary="nova-compute"), "2.69")) == 4
    # Hypervisors are not read while services are missing.
    assert connection.compute.requests.count(("/os-hypervisors/detail", {}, "2.53")) == 1


def test_wait_names_what_is_missing_when_time_is_out():
    connection = nova([service("a"), service("c", "down")], hypervisors=[hypervisor("a")])
    found = wait.wait(connection, {"c": None, "b": None, "a": None}, ["b", "a"], timeout=0.01)
    assert (found["not_up"], found["not_mapped"]) == (["b", "c"], ["b"])


def test_wait_names_hosts_whose_node_has_no_provider():
    connection = nova([], hypervisors=list(map(hypervisor, "abc")), providers={"uuid-a": ("a", "uuid-a", [])})
    found = wait.wait(connection, {}, ["a", "b"], timeout=0)
    assert (found["not_mapped"], found["not_provided"]) == ([], ["b"])


def test_wait_names_hosts_whose_provider_has_no_inventory():
    connection = nova([], hypervisors=list(map(hypervisor, "abc")))
    providers = {f"uuid-{host}": (host, f"uuid-{host}", []) for host in "abc"}
    connection.placement = Placement(providers, full=["uuid-a"], empty=["uuid-b", "uuid-c"])
    found = wait.wait(connection, {}, ["a", "b"], timeout=0)
    assert (found["not_mapped"], found["not_provided"]) == ([], ["b"])
    assert sorted(connection.placement.looked_at) == ["uuid-a", "uuid-b"]


def test_a_host_with_many_nodes_is_provided_for_by_one_of_them():
    connection = nova([], hypervisors=[dict(hypervisor("a"), id=ident) for ident in ("n1", "n2")])
    connection.placement = Placement({ident: (ident, ident, []) for ident in ("n1", "n2")}, empty=["n1"])
    assert wait.wait(connection, {}, ["a"], timeout=0)["not_provided"] == []
