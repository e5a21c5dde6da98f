# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._nova import placement
from nova_in_memory import Placement, nova


def test_providers_of_a_host_are_those_of_its_nodes_with_those_below_and_those_of_its_name():
    here = {
        "n1": ("vc-1", "n1", ["vm1"]),
        "g1": ("vc-1_gpu", "n1", ["vm2"]),
        "n2": ("a", "n2", []),
        "n3": ("b", "n3", []),
    }
    connection = nova(providers=here)
    assert placement.providers(connection, "a", ["n1"], []) == {"n1": ["vm1"], "g1": ["vm2"], "n2": []}
    # A hypervisor may have the name of another one's service host.
    assert placement.providers(connection, "a", ["n1"], ["n2"]) == {"n1": ["vm1"], "g1": ["vm2"]}


def test_what_is_noted_in_placement_is_found_and_the_rest_of_its_aggregates_stays():
    connection = nova(providers={"n1": ("vc-1", "n1", []), "n2": ("b", "n2", [])})
    assert placement.noted(connection, "a") == set()
    for _twice in range(2):
        placement.note(connection, ["n1"], "a")
    assert (placement.noted(connection, "a"), placement.noted(connection, "b")) == ({"n1"}, set())
    assert connection.placement.aggregates["n1"][0] == "theirs"
    assert len(connection.placement.aggregates["n1"]) == 2


def test_providers_are_deleted_after_those_below_them():
    connection = nova(providers={"n1": ("a", "n1", []), "g1": ("a_gpu", "n1", []), "n2": ("b", "n2", [])})
    placement.delete_providers(connection, ["n1", "g1"])
    assert connection.placement.deleted == ["g1", "n1"]


def test_root_providers_are_those_below_no_other():
    here = {"p1": ("a", "p1", ()), "p2": ("a_gpu", "p1", ()), "p3": ("agent", "p3", ())}
    connection = nova(providers=here)
    assert [one["name"] for one in placement.root_providers(connection, {"p1", "p2"})] == ["a", "agent"]


def test_only_a_node_without_memory_left_is_asked_for_its_inventory():
    here = {name: (name, name, ()) for name in ("room", "full", "empty", "agent")}
    connection = nova()
    connection.placement = Placement(here, full=["full", "agent"], empty=["empty"])
    roots = placement.root_providers(connection, {"room", "full", "empty", "unknown"})
    assert {root["name"]: root["inventory"] for root in roots} == dict(room=True, full=True, empty=False, agent=None)
    assert sorted(connection.placement.looked_at) == ["empty", "full"]


def test_of_nodes_with_a_custom_resource_one_is_asked():
    nodes = [f"metal-{number}" for number in range(9)]
    connection = nova()
    connection.placement = Placement({name: (name, name, ()) for name in nodes}, metal=nodes)
    assert all(root["inventory"] for root in placement.root_providers(connection, set(nodes)))
    assert connection.placement.looked_at == ["metal-0"]
