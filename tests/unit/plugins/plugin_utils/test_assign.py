# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import math

from ansible_collections.novafleet.compute.plugins.plugin_utils._assign import assign, desired_services, move_waves
from hypothesis import assume, given
from hypothesis import strategies as st

HOSTS = ["d1", "d2", "d3"]


def target(name, pin=None, service=None, local=False):
    return dict(target=name, service=service or name, docker_host=pin, local=local)


def places(result):
    return {one["service"]: host for host, found in result["assignments"].items() for one in found}


def test_new_targets_are_spread_evenly_and_predictably():
    found = assign([target(name) for name in "gfedcba"], ["d2", "d1"], {"d1": [], "d2": []})
    assert found["problems"] == []
    assert places(found) == dict(a="d1", b="d2", c="d1", d="d2", e="d1", f="d2", g="d1")


def test_every_host_gets_an_entry():
    assert assign([], HOSTS, {})["assignments"] == {"d1": [], "d2": [], "d3": []}


def test_without_hosts_nothing_is_assigned():
    """The check of the inventory has named the empty group already."""
    found = assign([target("a")], [], {})
    assert (found["assignments"], found["problems"]) == ({}, [])


def test_a_service_stays_where_it_runs_however_uneven():
    found = assign([target(name) for name in "abc"], ["d1", "d2"], {"d1": ["a", "b"], "d2": []})
    assert places(found) == dict(a="d1", b="d1", c="d2")


def test_placed_by_service_host_not_by_target():
    found = assign([target("xs-01", service="compute-7")], ["d1", "d2"], {"d1": [], "d2": ["compute-7"]})
    assert places(found) == {"compute-7": "d2"}


def test_containers_of_targets_that_are_gone_do_not_weigh():
    found = assign([target("a")], ["d1", "d2"], {"d1": ["gone"] * 5, "d2": []})
    assert places(found) == dict(a="d1")


def test_a_pin_is_kept():
    assert places(assign([target("a", "d2")], ["d1", "d2"], {"d1": [], "d2": []})) == dict(a="d2")


def test_a_pin_to_where_it_runs_is_fine():
    found = assign([target("a", "d2")], ["d1", "d2"], {"d1": [], "d2": ["a"]})
    assert (places(found), found["problems"]) == (dict(a="d2"), [])


def test_a_pin_elsewhere_than_it_runs_is_a_problem():
    found = assign([target("a", "d2"), target("b")], ["d1", "d2"], {"d1": ["a"], "d2": []})
    (problem,) = found["problems"]
    assert problem.startswith("a: services_docker_host: its service runs on d1") and "services_move: pinned" in problem
    assert "a" not in places(found)


def test_a_pin_elsewhere_moves_when_asked_to():
    wanted, current = [target("xs", "d2", service="a"), target("b")], {"d1": ["a"], "d2": ["b"]}
    found = assign(wanted, ["d1", "d2"], current, move="pinned")
    move = {"target": "xs", "service": "a", "from": "d1", "to": "d2"}
    assert (found["problems"], found["moves"]) == ([], [move])
    assert places(found) == dict(a="d2", b="d2")
    found = assign(wanted, ["d1", "d2"], current, move="balanced")
    assert (found["problems"], places(found)) == ([], dict(a="d2", b="d1"))


def test_nothing_is_moved_to_a_host_that_does_not_answer():
    found = assign([target("a", "d2")], ["d1", "d2"], {"d1": ["a"]}, move="balanced")
    assert (places(found), found["problems"], found["moves"]) == (dict(a="d1"), [], [])


def test_a_hypervisor_that_is_a_docker_host_is_not_moved():
    found = assign([target("a", "d2", local=True)], ["d1", "d2"], {"d1": ["a"], "d2": []}, move="pinned")
    assert "set it to d1" in found["problems"][0]
    found = assign(
        [target(name, local=True) for name in "abc"], ["d1", "d2"], {"d1": ["a", "b", "c"], "d2": []}, move="balanced"
    )
    assert (found["moves"], found["problems"]) == ([], [])


def test_a_hypervisor_that_is_a_docker_host_must_be_pinned_where_there_are_several():
    assert "Pin it to that host" in assign([target("a", local=True)], ["d1", "d2"], {"d1": [], "d2": []})["problems"][0]
    assert places(assign([target("a", local=True)], ["d1"], {"d1": []})) == dict(a="d1")


def test_a_pin_to_an_unknown_host_is_a_problem():
    (problem,) = assign([target("a", "d9")], HOSTS, {host: [] for host in HOSTS})["problems"]
    assert problem.startswith("a: services_docker_host: d9 is not in the group nova_compute_hosts")


def test_a_service_on_two_hosts_is_a_problem():
    (problem,) = assign([target("a")], HOSTS, {"d1": ["a"], "d2": ["a"], "d3": []})["problems"]
    assert problem.startswith("a: has a container on d1 and on d2")


def test_what_a_silent_host_may_run_is_left_out_and_the_others_go_on():
    found = assign([target("a"), target("b"), target("c", "d1"), target("d", "d2")], ["d1", "d2"], {"d1": ["b"]})
    assert found["left_out"] == ["a", "d"]
    assert (places(found), found["problems"]) == (dict(b="d1", c="d1"), [])


def test_a_pin_is_no_failover():
    """Its service may run on the silent host still, wherever its pin is by now."""
    found = assign([target("a", "d1"), target("new", "d1")], ["d1", "d2"], {"d1": []}, known=["a"])
    assert (found["left_out"], places(found)) == (["a"], dict(new="d1"))


def test_what_was_on_a_host_that_is_given_up_goes_to_the_others():
    wanted = [target("a"), target("b"), target("c", "d2"), target("d")]
    found = assign(wanted, HOSTS, {"d1": ["a"], "d2": ["b"], "d3": []}, known=["a", "b", "c"], gone=["d2"])
    assert (found["problems"], found["left_out"], found["moves"]) == ([], [], [])
    assert places(found) == dict(a="d1", b="d3", c="d1", d="d3")


def test_a_hypervisor_that_is_a_docker_host_is_gone_with_it():
    (problem,) = assign([target("a", "d2", local=True)], HOSTS, {"d1": [], "d3": []}, gone=["d2"])["problems"]
    assert problem.startswith("a: services_docker_host: its hypervisor is a Docker host itself")


def test_capacity_names_all_that_find_no_place():
    found = assign([target(n) for n in "abcde"], ["d1", "d2"], {"d1": ["a"], "d2": []}, capacity={"d1": 1, "d2": 2})
    (problem,) = found["problems"]
    assert "no Docker host has room for d, e." in problem and "d1 1, d2 2" in problem


def test_a_capacity_below_what_is_there_is_a_problem_until_it_may_move():
    wanted, current = [target(n) for n in "abc"], {"d1": ["a", "b", "c"], "d2": []}
    (problem,) = assign(wanted, ["d1", "d2"], current, capacity={"d1": 1})["problems"]
    assert problem.startswith("d1: services_capacity: is 1, and 3 services are there")
    found = assign(wanted, ["d1", "d2"], current, capacity={"d1": 1}, move="balanced")
    assert (found["problems"], places(found)) == ([], dict(a="d1", b="d2", c="d2"))


def test_weight_is_a_share_and_0_takes_nothing():
    found = assign(
        [target(f"t{n:02}") for n in range(12)], HOSTS, {host: [] for host in HOSTS}, weight={"d2": 2, "d3": 0}
    )
    assert {host: len(one) for host, one in found["assignments"].items()} == {"d1": 4, "d2": 8, "d3": 0}


def test_a_host_of_weight_0_is_emptied():
    found = assign(
        [target(n) for n in "abcd"],
        HOSTS,
        {"d1": ["a", "b"], "d2": ["c"], "d3": ["d"]},
        weight={"d1": 0},
        move="balanced",
    )
    assert [one["service"] for one in found["moves"]] == ["a", "b"]
    assert sorted(places(found).values()) == ["d2", "d2", "d3", "d3"]


def test_a_host_more_takes_its_share_and_no_more():
    current = {"d1": list("abcdef"), "d2": list("ghijkl"), "d3": []}
    found = assign([target(n) for n in "abcdefghijkl"], HOSTS, current, move="balanced")
    assert len(found["moves"]) == 4 and {one["to"] for one in found["moves"]} == {"d3"}
    assert {len(one) for one in found["assignments"].values()} == {4}


def test_moves_go_in_waves():
    moves = [dict(service=name) for name in "abcde"]
    assert [len(wave) for wave in move_waves(moves, "2")] == [2, 2, 1]
    assert [len(wave) for wave in move_waves(moves, "40%")] == [2, 2, 1]
    assert move_waves([], 1) == []


@st.composite
def fleets(draw):
    """Targets, some pinned, and where most of them run: each on one host, which is another than the pin at times."""
    names = [f"t{number}" for number in range(draw(st.integers(0, 9)))]
    wanted = [target(name, draw(st.sampled_from([None, None, None, *HOSTS]))) for name in names]
    current = {host: [] for host in HOSTS}
    for name in names:
        place = draw(st.sampled_from([None, *HOSTS]))
        if place:
            current[place].append(name)
    return wanted, current


targets = st.lists(
    st.builds(target, st.sampled_from("abcdefgh"), st.sampled_from([None, None, *HOSTS])),
    unique_by=lambda one: one["target"],
)
runs = st.dictionaries(st.sampled_from(HOSTS), st.lists(st.sampled_from("abcdefghxyz"), unique=True))


@given(targets, runs)
def test_a_service_that_runs_is_never_moved(wanted, current):
    placed = places(assign(wanted, HOSTS, current))
    for host, services in current.items():
        for service in services:
            if service in placed:
                assert service in current.get(placed[service], ()), f"{service} was moved from {host}"


@given(fleets())
def test_every_target_is_placed_once(fleet):
    wanted, current = fleet
    found = assign(wanted, HOSTS, current, move="pinned")
    assert (found["problems"], found["left_out"]) == ([], [])
    assigned = [one["target"] for host in HOSTS for one in found["assignments"][host]]
    assert sorted(assigned) == sorted(one["target"] for one in wanted)


@given(targets, runs, st.randoms())
def test_order_of_the_inventory_does_not_matter(wanted, current, random):
    shuffled, hosts = list(wanted), list(HOSTS)
    random.shuffle(shuffled)
    random.shuffle(hosts)
    assert assign(wanted, HOSTS, current) == assign(shuffled, sorted(hosts), current)
    assert places(assign(wanted, HOSTS, current)) == places(assign(wanted, hosts, current))


@given(st.integers(0, 30))
def test_new_targets_differ_by_at_most_one(number):
    found = assign([target(f"t{n}") for n in range(number)], HOSTS, {host: [] for host in HOSTS})
    sizes = [len(services) for services in found["assignments"].values()]
    assert max(sizes) - min(sizes) <= 1


@given(fleets())
def test_assigning_again_what_was_assigned_changes_nothing(fleet):
    wanted, current = fleet
    found = assign(wanted, HOSTS, current, move="pinned")
    running = {host: [one["service"] for one in services] for host, services in found["assignments"].items()}
    assert places(assign(wanted, HOSTS, running)) == places(found)


def test_services_as_the_module_takes_them():
    labels = {"novafleet.target": "xs-01", "novafleet.driver": "xenserver"}
    assert desired_services([dict(target="xs-01", service="c7", driver="xenserver")]) == [
        dict(name="c7", target="xs-01", container=dict(labels=labels))
    ]


def test_a_driver_may_take_other_memory_than_all_others():
    two = [dict(target="a", service="a", driver="vcenter"), dict(target="b", service="b", driver="xenserver")]
    assert [one.get("memory_mb") for one in desired_services(two, {}, dict(vcenter="230"))] == [230, None]


def test_what_a_driver_needs_gives_way_to_what_the_operator_says():
    def container(**given):
        (one,) = desired_services([dict(target="kvm-1", service="kvm-1", driver="libvirt")], given)
        return one["container"]

    alone = container()
    assert (alone["user"], alone["cap_add"][-1]) == ("0:0", "SYS_ADMIN")
    assert [(one["target"], one["read_only"]) for one in alone["mounts"]] == [
        ("/run/libvirt", True),
        ("/var/lib/nova/instances", False),
    ]
    assert "devices" not in alone
    mine = [dict(source="/srv/i", target="/var/lib/nova/instances"), dict(source="/etc/ceph", target="/etc/ceph")]
    changed = container(user="162:162", mounts=mine)
    assert "user" not in changed
    assert [one["source"] for one in changed["mounts"]] == ["/run/libvirt", "/srv/i", "/etc/ceph"]


def test_a_driver_without_needs_leaves_the_operators_mounts_alone():
    (one,) = desired_services([dict(target="a", service="a", driver="vcenter")], dict(mounts=[dict(source="/x")]))
    assert set(one["container"]) == {"labels"}


capacities = st.dictionaries(st.sampled_from(HOSTS), st.integers(0, 5))


@given(fleets())
def test_balance_is_within_one_by_the_fewest_moves(fleet):
    wanted, current = fleet
    for one in wanted:
        one["docker_host"] = None
    found = assign(wanted, HOSTS, current, move="balanced")
    sizes = {host: len(services) for host, services in found["assignments"].items()}
    assert found["problems"] == [] and sum(sizes.values()) == len(wanted)
    assert max(sizes.values()) - min(sizes.values()) <= 1
    level = len(wanted) // len(HOSTS)
    fewest = min(
        (
            sum(max(0, len(current[host]) - level - (host in more)) for host in HOSTS)
            for more in itertools.combinations(HOSTS, len(wanted) % len(HOSTS))
        ),
        default=0,
    )
    assert len(found["moves"]) == fewest


@given(fleets(), st.sampled_from(["never", "pinned", "balanced"]), capacities)
def test_pins_and_capacities_are_kept_or_it_is_said(fleet, move, capacity):
    wanted, current = fleet
    found = assign(wanted, HOSTS, current, capacity=capacity, move=move)
    assume(not found["problems"])
    placed = places(found)
    assert all(placed[one["service"]] == one["docker_host"] for one in wanted if one["docker_host"])
    for host in HOSTS:
        assert len(found["assignments"][host]) <= (capacity.get(host) or math.inf)
    moved = {one["service"] for one in found["moves"]}
    for host, services in current.items():
        assert {service for service in services if placed[service] != host} <= moved
    assert move != "never" or not moved


@given(fleets(), capacities)
def test_a_second_balancing_moves_nothing(fleet, capacity):
    wanted, current = fleet
    found = assign(wanted, HOSTS, current, capacity=capacity, move="balanced")
    assume(not found["problems"])
    running = {host: [one["service"] for one in services] for host, services in found["assignments"].items()}
    assert assign(wanted, HOSTS, running, capacity=capacity, move="balanced")["moves"] == []


@given(fleets(), st.sampled_from(HOSTS), st.sampled_from(["never", "pinned", "balanced"]))
def test_losing_a_host_moves_only_its_services(fleet, lost, move):
    wanted, current = fleet
    for one in wanted:
        one["docker_host"] = None
    running = {service for host, services in current.items() if host != lost for service in services}
    found = assign(wanted, HOSTS, current, gone=[lost], known=[one["service"] for one in wanted])
    assert found["problems"] == [] and found["moves"] == []
    assert all(places(found)[service] != lost for service in places(found))
    assert {service: host for host, some in current.items() for service in some if host != lost} == {
        service: host for service, host in places(found).items() if service in running
    }
    # While it is only silent, nothing of it goes anywhere.
    silent = {host: services for host, services in current.items() if host != lost}
    found = assign(wanted, HOSTS, silent, known=[one["service"] for one in wanted], move=move)
    assert set(found["left_out"]) == {one["service"] for one in wanted} - running
    assert places(found).keys() == running
