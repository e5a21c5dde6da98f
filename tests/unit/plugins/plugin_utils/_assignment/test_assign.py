# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import math

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.assign import assign
from hypothesis import assume, given
from hypothesis import strategies as st

HOSTS = ["d1", "d2", "d3"]
PARTS = ["active", "standby", "starting", None]
MOVES = st.sampled_from(["never", "pinned", "balanced"])


def target(name, pin=None, service=None, local=False):
    return dict(target=name, service=service or name, docker_host=pin, local=local)


def container(name, part="active", state="running"):
    return dict(name=name, part=part, state=state)


def answered(current):
    """The answer of containers_info for an active container of each named service. Other Docker hosts do not answer."""
    return {host: dict(services=[container(name) for name in names]) for host, names in current.items()}


def empty(*hosts):
    return answered({host: [] for host in hosts or HOSTS})


def places(result):
    """Service to the Docker host on which it must be active."""
    return {
        service: host
        for host, found in result["assignments"].items()
        for service in found
        if service not in result["standbys"][host]
    }


def spread(result):
    """Service to all Docker hosts that must have a container of it."""
    found = {}
    for host, services in result["assignments"].items():
        for service in services:
            found.setdefault(service, []).append(host)
    return found


def leaves(result):
    """Services whose container must be removed from any Docker host."""
    return {service for services in result["leaving"].values() for service in services}


def carried_out(result, answers):
    """Answers of the Docker hosts after the assignment is carried out, from those that answered before."""
    return {
        host: dict(
            services=[container(name, "standby" if name in result["standbys"][host] else "active") for name in services]
        )
        for host, services in result["assignments"].items()
        if host in answers
    }


def test_new_targets_are_spread_evenly_and_predictably():
    found = assign([target(name) for name in "gfedcba"], ["d2", "d1"], empty("d1", "d2"))
    assert found["problems"] == []
    assert places(found) == dict(a="d1", b="d2", c="d1", d="d2", e="d1", f="d2", g="d1")
    assert found["leaving"] == {"d1": [], "d2": []}


def test_every_host_gets_an_entry():
    assert assign([], HOSTS, {})["assignments"] == {"d1": [], "d2": [], "d3": []}


def test_without_hosts_nothing_is_assigned():
    """The check of the inventory has named the empty group already."""
    found = assign([target("a")], [], {})
    assert (found["assignments"], found["problems"]) == ({}, [])


def test_a_service_stays_where_it_runs_however_uneven():
    found = assign([target(name) for name in "abc"], ["d1", "d2"], answered({"d1": ["a", "b"], "d2": []}))
    assert places(found) == dict(a="d1", b="d1", c="d2")


def test_placed_by_service_host_not_by_target():
    current = answered({"d1": [], "d2": ["compute-7"]})
    assert places(assign([target("xs-01", service="compute-7")], ["d1", "d2"], current)) == {"compute-7": "d2"}


def test_containers_of_targets_that_are_gone_do_not_weigh():
    found = assign([target("a")], ["d1", "d2"], answered({"d1": ["gone"] * 5, "d2": []}))
    assert (places(found), found["leaving"]) == (dict(a="d1"), {"d1": [], "d2": []})


def test_a_pin_is_kept():
    assert places(assign([target("a", "d2")], ["d1", "d2"], empty("d1", "d2"))) == dict(a="d2")


def test_a_pin_to_where_it_runs_is_fine():
    found = assign([target("a", "d2")], ["d1", "d2"], answered({"d1": [], "d2": ["a"]}))
    assert (places(found), found["problems"]) == (dict(a="d2"), [])


def test_a_pin_elsewhere_than_it_runs_is_a_problem():
    current = answered({"d1": ["a"], "d2": []})
    found = assign([target("a", "d2"), target("b")], ["d1", "d2"], current)
    (problem,) = found["problems"]
    assert problem.startswith("a: services_docker_host: its service runs on d1") and "services_move: pinned" in problem
    assert "a" not in places(found)


def test_a_pin_elsewhere_moves_when_asked_to():
    wanted, current = [target("xs", "d2", service="a"), target("b")], answered({"d1": ["a"], "d2": ["b"]})
    found = assign(wanted, ["d1", "d2"], current, move="pinned")
    move = {"target": "xs", "service": "a", "from": "d1", "to": "d2"}
    assert (found["problems"], found["moves"]) == ([], [move])
    assert (places(found), found["leaving"]) == (dict(a="d2", b="d2"), {"d1": ["a"], "d2": []})
    found = assign(wanted, ["d1", "d2"], current, move="balanced")
    assert (found["problems"], places(found)) == ([], dict(a="d2", b="d1"))


def test_nothing_is_moved_to_a_host_that_does_not_answer():
    found = assign([target("a", "d2")], ["d1", "d2"], answered({"d1": ["a"]}), move="balanced")
    assert (places(found), found["problems"], found["moves"]) == (dict(a="d1"), [], [])
    assert found["leaving"] == {"d1": []}


def test_a_hypervisor_that_is_a_docker_host_is_not_moved():
    current = answered({"d1": ["a"], "d2": []})
    found = assign([target("a", "d2", local=True)], ["d1", "d2"], current, move="pinned")
    assert "set it to d1" in found["problems"][0]
    current = answered({"d1": ["a", "b", "c"], "d2": []})
    found = assign([target(name, local=True) for name in "abc"], ["d1", "d2"], current, move="balanced", standby=1)
    assert (found["moves"], found["problems"]) == ([], [])
    assert spread(found) == dict(a=["d1"], b=["d1"], c=["d1"])


def test_a_hypervisor_that_is_a_docker_host_must_be_pinned_where_there_are_several():
    assert "Pin it to that host" in assign([target("a", local=True)], ["d1", "d2"], empty("d1", "d2"))["problems"][0]
    assert places(assign([target("a", local=True)], ["d1"], empty("d1"))) == dict(a="d1")


def test_a_pin_to_an_unknown_host_is_a_problem():
    (problem,) = assign([target("a", "d9")], HOSTS, empty())["problems"]
    assert problem.startswith("a: services_docker_host: d9 is not in the group nova_compute_hosts")


@pytest.mark.parametrize(
    ("on_d1", "on_d2", "kept"),
    [
        (container("a"), container("a", "standby"), "d1"),
        (container("a", "standby"), container("a"), "d2"),
        (container("a", "starting"), container("a", "standby"), "d2"),
        (container("a", None, "exited"), container("a", "starting"), "d2"),
        (container("a", None, "exited"), container("a", None), "d2"),
        (container("a", None), container("a", "starting"), "d2"),
        (container("a", "standby"), container("a", "standby"), "d1"),
    ],
)
def test_of_two_containers_the_one_that_is_of_most_use_is_kept(on_d1, on_d2, kept):
    """Two overlapping runs may have made both, or the host of one of them was down."""
    current = {"d1": dict(services=[on_d1]), "d2": dict(services=[on_d2])}
    found = assign([target("a")], ["d1", "d2"], current)
    assert (places(found), found["problems"], found["moves"]) == (dict(a=kept), [], [])
    assert found["leaving"] == {host: [] if host == kept else ["a"] for host in ("d1", "d2")}


def test_a_standby_is_on_another_host_and_stays_there():
    found = assign([target("a"), target("b")], HOSTS, empty(), standby=1)
    assert found["problems"] == []
    assert all(len(hosts) == 2 for hosts in spread(found).values())
    current = {
        "d1": dict(services=[container("a", "standby")]),
        "d2": dict(services=[container("a")]),
        "d3": dict(services=[]),
    }
    found = assign([target("a")], HOSTS, current, standby=1)
    assert (places(found), spread(found)) == (dict(a="d2"), dict(a=["d1", "d2"]))


def test_a_pinned_service_has_no_standby():
    found = assign(
        [target("a", "d2"), target("b", "d1")], HOSTS, answered({"d1": ["b"], "d2": [], "d3": []}), standby=2
    )
    assert (found["problems"], spread(found)) == ([], dict(a=["d2"], b=["d1"]))


def test_more_standbys_than_hosts_are_a_problem():
    (problem,) = assign([target("a")], ["d1", "d2"], empty("d1", "d2"), standby=2)["problems"]
    assert problem.startswith("nova_compute_hosts: services_standby: is 2, and 2 Docker hosts are there.")
    assert assign([target("a")], ["d1", "d2"], empty("d1", "d2"), standby=1)["problems"] == []


def test_a_standby_that_seems_to_be_missing_may_be_on_the_silent_host():
    current = {"d1": dict(services=[container("a")]), "d2": dict(services=[])}
    found = assign([target("a")], HOSTS, current, standby=1, known=["a"])
    assert (found["problems"], spread(found)) == ([], dict(a=["d1"]))


def test_where_a_host_is_dead_its_standbys_and_its_active_ones_go_elsewhere():
    current = {"d1": dict(services=[container("a"), container("b", "standby")]), "d3": dict(services=[])}
    found = assign([target("a"), target("b")], HOSTS, current, standby=1, known=["a", "b"], dead=["d2"])
    assert (found["problems"], found["left_out"], found["moves"]) == ([], [], [])
    assert spread(found) == dict(a=["d1", "d3"], b=["d1", "d3"])
    assert places(found) == dict(a="d1", b="d1")


def test_where_too_many_hosts_are_dead_the_rest_has_to_do():
    found = assign([target("a")], ["d1", "d2"], answered({"d1": ["a"]}), standby=1, known=["a"], dead=["d2"])
    assert (found["problems"], spread(found)) == ([], dict(a=["d1"]))


def test_a_name_that_is_no_docker_host_is_not_given_up():
    (problem,) = assign([], HOSTS, empty(), dead=["d9"])["problems"]
    assert problem.startswith("d9: services_dead_docker_hosts: is not in the group nova_compute_hosts.")


def test_a_host_that_is_given_up_and_answers_is_a_problem():
    (problem,) = assign([target("a")], HOSTS, empty(), dead=["d2"])["problems"]
    assert problem == "d2: services_dead_docker_hosts: its engine answers. Remove it from the list."


def test_what_a_silent_host_may_run_is_left_out_and_the_others_go_on():
    wanted = [target("a"), target("b"), target("c", "d1"), target("d", "d2")]
    found = assign(wanted, ["d1", "d2"], answered({"d1": ["b"]}), known=["a", "b"])
    assert found["left_out"] == ["a", "d"]
    assert (places(found), found["problems"]) == (dict(b="d1", c="d1"), [])


def test_nothing_new_is_placed_beside_a_silent_host_where_nova_was_not_asked():
    found = assign([target("a"), target("b")], ["d1", "d2"], answered({"d1": ["b"]}))
    assert (found["left_out"], places(found)) == (["a"], dict(b="d1"))


def test_what_a_silent_host_answers_beside_its_services_does_not_count():
    silent = dict(unreachable=True, msg="no route")
    found = assign([target("a")], ["d1", "d2"], {"d1": dict(services=[]), "d2": silent}, known=["a"])
    assert found["left_out"] == ["a"]


def test_a_pin_does_not_take_a_service_from_a_silent_host():
    """It may still run there, even if its pin names another host by now."""
    current = answered({"d1": []})
    found = assign([target("a", "d1"), target("new", "d1")], ["d1", "d2"], current, known=["a"])
    assert (found["left_out"], places(found)) == (["a"], dict(new="d1"))


def test_what_was_on_a_host_that_is_given_up_goes_to_the_others():
    wanted = [target("a"), target("b"), target("c", "d2"), target("d")]
    found = assign(wanted, HOSTS, answered({"d1": ["a"], "d3": []}), known=["a", "b", "c"], dead=["d2"])
    assert (found["problems"], found["left_out"], found["moves"]) == ([], [], [])
    assert places(found) == dict(a="d1", b="d3", c="d1", d="d3")
    assert found["assignments"]["d2"] == []


def test_a_hypervisor_that_is_a_docker_host_is_gone_with_it():
    (problem,) = assign([target("a", "d2", local=True)], HOSTS, empty("d1", "d3"), dead=["d2"])["problems"]
    assert problem.startswith("a: services_docker_host: its hypervisor is a Docker host itself")


def test_capacity_names_all_that_find_no_place():
    current = answered({"d1": ["a"], "d2": []})
    found = assign([target(n) for n in "abcde"], ["d1", "d2"], current, capacity={"d1": 1, "d2": 2})
    (problem,) = found["problems"]
    assert "no Docker host has room for d, e." in problem and "d1 1, d2 2" in problem


def test_standbys_count_as_much_as_active_ones():
    found = assign([target(n) for n in "ab"], ["d1", "d2"], empty("d1", "d2"), capacity={"d2": 1}, standby=1)
    (problem,) = found["problems"]
    assert "no Docker host has room for a." in problem
    assert (places(found), spread(found)) == (dict(a="d1", b="d2"), dict(a=["d1"], b=["d1", "d2"]))


def test_a_capacity_below_what_is_there_is_a_problem_until_it_may_move():
    wanted, current = [target(n) for n in "abc"], answered({"d1": ["a", "b", "c"], "d2": []})
    (problem,) = assign(wanted, ["d1", "d2"], current, capacity={"d1": 1})["problems"]
    assert problem.startswith("d1: services_capacity: is 1, and 3 services are there")
    found = assign(wanted, ["d1", "d2"], current, capacity={"d1": 1}, move="balanced")
    assert (found["problems"], places(found)) == ([], dict(a="d1", b="d2", c="d2"))


def test_weight_is_a_share_and_0_takes_nothing():
    found = assign([target(f"t{n:02}") for n in range(12)], HOSTS, empty(), weight={"d2": 2, "d3": 0})
    assert {host: len(one) for host, one in found["assignments"].items()} == {"d1": 4, "d2": 8, "d3": 0}


def test_a_host_of_weight_0_is_emptied():
    current = answered({"d1": ["a", "b"], "d2": ["c"], "d3": ["d"]})
    found = assign([target(n) for n in "abcd"], HOSTS, current, weight={"d1": 0}, move="balanced")
    assert [one["service"] for one in found["moves"]] == ["a", "b"]
    assert sorted(places(found).values()) == ["d2", "d2", "d3", "d3"]


def test_a_host_more_takes_its_share_and_no_more():
    current = answered({"d1": list("abcdef"), "d2": list("ghijkl"), "d3": []})
    found = assign([target(n) for n in "abcdefghijkl"], HOSTS, current, move="balanced")
    assert len(found["moves"]) == 4 and {one["to"] for one in found["moves"]} == {"d3"}
    assert {len(one) for one in found["assignments"].values()} == {4}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(standby=1), "nova_compute_hosts: services_standby: needs the lease."),
        (dict(move="pinned"), "nova_compute_hosts: services_move: needs the lease."),
        (dict(move="balanced"), "nova_compute_hosts: services_move: needs the lease."),
    ],
)
def test_what_needs_the_lease_is_refused_without_it(options, words):
    current = answered({"d1": ["a"], "d2": []})
    (problem,) = assign([target("a", "d1")], ["d1", "d2"], current, lease=False, **options)["problems"]
    assert problem.startswith(words)


def test_without_the_lease_every_target_is_pinned_where_there_are_several_hosts():
    found = assign([target("a"), target("b", "d2"), target("c")], ["d1", "d2"], empty("d1", "d2"), lease=False)
    assert [problem.partition(" is not set.")[0] for problem in found["problems"]] == [
        "a: services_docker_host:",
        "c: services_docker_host:",
    ]
    assert assign([target("a")], ["d1"], empty("d1"), lease=False)["problems"] == []


def test_without_the_lease_two_containers_of_a_service_are_a_problem():
    current = answered({"d1": ["a", "old"], "d2": ["a", "old"]})
    found = assign([target("a", "d1")], ["d1", "d2"], current, lease=False)["problems"]
    assert [problem.partition(",")[0] for problem in found] == [
        "a: has containers on d1 and on d2",
        "old: has containers on d1 and on d2",
    ]


def test_without_the_lease_no_host_is_given_up():
    """Only the operator has confirmed that its nova-compute is dead."""
    (problem,) = assign([target("a", "d1")], ["d1", "d2"], empty("d2"), known=["a"], dead=["d1"], lease=False)[
        "problems"
    ]
    assert problem.startswith("d1: services_dead_docker_hosts: needs the lease.")


def test_others_take_room_and_are_never_placed():
    others = [target("b"), target("c"), target("new")]
    answers = answered({"d1": ["b", "c"], "d2": []})
    found = assign([target("a")], ["d1", "d2"], answers, others=others)
    assert (places(found), found["moves"], found["leaving"]) == ({"a": "d2"}, [], {"d1": [], "d2": []})
    found = assign([target("a")], ["d1"], answered({"d1": ["b", "c"]}), dict(d1=2), others=others)
    assert found["problems"][0].startswith("nova_compute_hosts: services_capacity: no Docker host has room for a.")


def test_a_capacity_that_others_exceed_is_no_problem_of_what_is_elsewhere():
    answers = answered({"d1": ["b", "c"], "d2": ["a"]})
    assert assign([target("a")], ["d1", "d2"], answers, dict(d1=1), others=[target("b"), target("c")])["problems"] == []
    found = assign([target("b")], ["d1", "d2"], answers, dict(d1=1), others=[target("a"), target("c")])
    assert found["problems"][0].startswith("d1: services_capacity: is 1, and 2 services are there")


def test_another_target_of_the_same_service_host_is_no_other():
    found = assign([target("a")], ["d1", "d2"], empty("d1", "d2"), others=[target("b", service="a")])
    assert places(found) == {"a": "d1"}


def test_mistakes_of_others_are_no_problems():
    answers = dict(d1=dict(services=[container("a"), container("b")]), d2=dict(services=[container("b", "standby")]))
    others = [target("b"), target("c", "nowhere")]
    assert assign([target("a", "d1")], ["d1", "d2"], answers, lease=False, others=others)["problems"] == []


@st.composite
def fleets(draw):
    """Targets, some of them pinned, and where most of them run: each on one host, which may differ from the pin."""
    names = [f"t{number}" for number in range(draw(st.integers(0, 9)))]
    wanted = [target(name, draw(st.sampled_from([None, None, None, *HOSTS]))) for name in names]
    current = {host: [] for host in HOSTS}
    for name in names:
        place = draw(st.sampled_from([None, *HOSTS]))
        if place:
            current[place].append(name)
    return wanted, current


@st.composite
def crowds(draw):
    """Targets, some of them pinned, and their containers on no, one or several hosts.

    At most one of these is active.
    """
    names = [f"t{number}" for number in range(draw(st.integers(0, 7)))]
    wanted = [target(name, draw(st.sampled_from([None, None, None, *HOSTS]))) for name in names]
    answers = {host: dict(services=[]) for host in HOSTS}
    for name in [*names, "gone"]:
        active = draw(st.sampled_from([None, *HOSTS]))
        for host in draw(st.sets(st.sampled_from(HOSTS))) | ({active} - {None}):
            part = "active" if host == active else draw(st.sampled_from(PARTS[1:]))
            state = "exited" if part is None and draw(st.booleans()) else "running"
            answers[host]["services"].append(container(name, part, state))
    return wanted, answers


targets = st.lists(
    st.builds(target, st.sampled_from("abcdefgh"), st.sampled_from([None, None, *HOSTS])),
    unique_by=lambda one: one["target"],
)
runs = st.dictionaries(st.sampled_from(HOSTS), st.lists(st.sampled_from("abcdefghxyz"), unique=True))
standbys = st.integers(0, 2)


def active_hosts(answers):
    return {
        one["name"]: host
        for host, answer in answers.items()
        for one in answer.get("services", ())
        if one["part"] == "active"
    }


@given(crowds(), MOVES, standbys, st.integers(0, 7))
def test_a_run_for_some_targets_leaves_all_others_where_they_are(crowd, move, standby, count):
    wanted, answers = crowd
    found = assign(wanted[:count], HOSTS, answers, move=move, standby=standby, others=wanted[count:])
    mine = {one["service"] for one in wanted[:count]}
    assert set(spread(found)) | leaves(found) | {one["service"] for one in found["moves"]} <= mine


@given(targets, runs)
def test_a_service_that_runs_is_never_moved(wanted, current):
    placed = places(assign(wanted, HOSTS, answered(current)))
    for host, services in current.items():
        for service in services:
            if service in placed:
                assert service in current.get(placed[service], ()), f"{service} was moved from {host}"


@given(fleets())
def test_every_target_is_placed_once(fleet):
    wanted, current = fleet
    found = assign(wanted, HOSTS, answered(current), move="pinned")
    assert (found["problems"], found["left_out"]) == ([], [])
    assigned = [service for host in HOSTS for service in found["assignments"][host]]
    assert sorted(assigned) == sorted(one["target"] for one in wanted)


capacities = st.dictionaries(st.sampled_from(HOSTS), st.integers(0, 5))


@given(crowds(), st.sets(st.sampled_from(HOSTS)), st.sets(st.sampled_from(HOSTS)), MOVES, standbys, capacities)
def test_every_target_is_placed_or_left_out_or_a_problem(crowd, silent, dead, move, standby, capacity):
    wanted, answers = crowd
    answers = {host: answer for host, answer in answers.items() if host not in silent | dead}
    found = assign(
        wanted, HOSTS, answers, capacity=capacity, known=["t0", "t1", "t2"], move=move, dead=dead, standby=standby
    )
    problems, placed, everywhere = " ".join(found["problems"]), places(found), spread(found)
    for one in wanted:
        name = one["service"]
        assert (name in placed) + (name in found["left_out"]) <= 1
        # If no Docker host answers, the deployment ends earlier.
        assert name in placed or name in found["left_out"] or name in problems or not answers
    for name, hosts in everywhere.items():
        assert len(hosts) == len(set(hosts)) <= 1 + standby
        assert set(hosts) <= set(answers) and placed[name] in hosts
    for host, answer in answers.items():
        there = {one["name"] for one in answer["services"]}
        assert set(found["leaving"][host]) <= there - set(found["assignments"][host])
        assert "gone" not in found["leaving"][host]


@given(crowds(), MOVES, st.integers(0, 2), st.sets(st.sampled_from(HOSTS), max_size=2))
def test_with_standbys_the_containers_of_a_service_are_on_as_many_hosts(crowd, move, standby, dead):
    wanted, answers = crowd
    answers = {host: answer for host, answer in answers.items() if host not in dead}
    found = assign(wanted, HOSTS, answers, move=move, standby=standby, dead=dead)
    assume(not found["problems"])
    everywhere = spread(found)
    for one in wanted:
        number = 1 if one["docker_host"] in answers else min(1 + standby, len(answers))
        assert len(everywhere[one["service"]]) == number


@given(crowds(), st.sampled_from(["never", "pinned"]), standbys)
def test_containers_stay_where_they_are(crowd, move, standby):
    """The active one first. Not more hosts are added than are missing."""
    wanted, answers = crowd
    found = assign(wanted, HOSTS, answers, move=move, standby=standby)
    assume(not found["problems"])
    actives = active_hosts(answers)
    for one in wanted:
        service, pin = one["service"], one["docker_host"]
        have = {host for host in HOSTS if service in [each["name"] for each in answers[host]["services"]]}
        chosen = set(spread(found)[service])
        if pin:
            assert chosen == {pin}
        else:
            assert chosen <= have or have <= chosen
            assert places(found)[service] == actives.get(service, places(found)[service])


@given(crowds(), MOVES, standbys, capacities)
def test_the_active_one_leaves_only_where_it_is_moved_or_pinned_elsewhere(crowd, move, standby, capacity):
    wanted, answers = crowd
    found = assign(wanted, HOSTS, answers, capacity=capacity, move=move, standby=standby)
    pins = {one["service"]: one["docker_host"] for one in wanted}
    moved = {(one["service"], one["from"]) for one in found["moves"]}
    for service, host in active_hosts(answers).items():
        if service in found["leaving"][host]:
            assert (service, host) in moved or pins[service] in spread(found)[service] or move == "balanced"
            assert spread(found)[service]
    assert all(service in found["leaving"][host] for service, host in moved)


@given(crowds(), MOVES, standbys, capacities, st.sets(st.sampled_from(HOSTS), max_size=2), st.booleans())
def test_assigning_again_what_was_assigned_changes_nothing(crowd, move, standby, capacity, away, given_up):
    wanted, answers = crowd
    answers = {host: answer for host, answer in answers.items() if host not in away}
    options = dict(capacity=capacity, move=move, standby=standby, dead=away if given_up else (), known=["t0", "t1"])
    found = assign(wanted, HOSTS, answers, **options)
    assume(not found["problems"])
    again = assign(wanted, HOSTS, carried_out(found, answers), **options)
    assert (again["problems"], again["moves"], again["left_out"]) == ([], [], found["left_out"])
    assert (again["assignments"], leaves(again)) == (found["assignments"], set())


@st.composite
def pinned_fleets(draw):
    """Targets that are nearly all pinned. Most have a container there, and a few have one on another host as well."""
    names, answers = [f"t{number}" for number in range(draw(st.integers(1, 5)))], {host: [] for host in HOSTS}
    wanted = [target(name, draw(st.sampled_from([*HOSTS * 3, None]))) for name in names]
    for one in wanted:
        more = draw(st.sets(st.sampled_from(HOSTS), max_size=1)) if draw(st.integers(0, 9)) == 0 else set()
        for host in ({one["docker_host"]} if draw(st.booleans()) else set()) | more:
            answers.get(host, []).append(one["service"])
    return wanted, answered(answers)


@given(pinned_fleets(), st.sets(st.sampled_from(HOSTS), max_size=2))
def test_without_the_lease_each_service_has_one_host_that_the_inventory_names(fleet, silent):
    wanted, answers = fleet
    answers = {host: answer for host, answer in answers.items() if host not in silent}
    found = assign(wanted, HOSTS, answers, known=["t0", "t1"], lease=False)
    have = [one["name"] for answer in answers.values() for one in answer["services"]]
    if not all(one["docker_host"] for one in wanted) or len(have) > len(set(have)):
        assert found["problems"]
        return
    elsewhere = {one["service"] for one in wanted if one["service"] in have and one["docker_host"] not in silent}
    elsewhere -= {one["service"] for one in wanted if active_hosts(answers).get(one["service"]) == one["docker_host"]}
    assert len(found["problems"]) == len(elsewhere)
    assert all(len(hosts) == 1 for hosts in spread(found).values())
    for one in wanted:
        assert places(found).get(one["service"]) in (
            None,
            one["docker_host"],
            active_hosts(answers).get(one["service"]),
        )
    assert found["moves"] == [] and leaves(found) == set()


@given(targets, runs, st.randoms())
def test_order_of_the_inventory_does_not_matter(wanted, current, random):
    shuffled, hosts, answers = list(wanted), list(HOSTS), answered(current)
    random.shuffle(shuffled)
    random.shuffle(hosts)
    assert assign(wanted, HOSTS, answers, standby=1) == assign(shuffled, sorted(hosts), answers, standby=1)
    assert places(assign(wanted, HOSTS, answers)) == places(assign(wanted, hosts, answers))


@given(st.integers(0, 30), standbys)
def test_new_targets_differ_by_at_most_one(number, standby):
    found = assign([target(f"t{n}") for n in range(number)], HOSTS, empty(), standby=standby)
    sizes = [len(services) for services in found["assignments"].values()]
    assert sum(sizes) == number * (1 + standby)
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(0, 30))
def test_active_ones_of_new_targets_are_level_among_themselves(number):
    found = assign([target(f"t{n}") for n in range(number)], HOSTS, empty(), standby=1)
    sizes = [list(places(found).values()).count(host) for host in HOSTS]
    assert max(sizes) - min(sizes) <= 1


@given(fleets())
def test_balance_is_within_one_by_the_fewest_moves(fleet):
    wanted, current = fleet
    for one in wanted:
        one["docker_host"] = None
    found = assign(wanted, HOSTS, answered(current), move="balanced")
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


@given(fleets(), MOVES, capacities, standbys)
def test_pins_and_capacities_are_kept_or_it_is_said(fleet, move, capacity, standby):
    wanted, current = fleet
    found = assign(wanted, HOSTS, answered(current), capacity=capacity, move=move, standby=standby)
    assume(not found["problems"])
    everywhere = spread(found)
    assert all(everywhere[one["service"]] == [one["docker_host"]] for one in wanted if one["docker_host"])
    for host in HOSTS:
        assert len(found["assignments"][host]) <= (capacity.get(host) or math.inf)
    moved = {one["service"] for one in found["moves"]}
    for host, services in current.items():
        assert {service for service in services if host not in everywhere[service]} <= moved
    assert move != "never" or not moved


@given(fleets(), capacities)
def test_a_second_balancing_moves_nothing(fleet, capacity):
    wanted, current = fleet
    found = assign(wanted, HOSTS, answered(current), capacity=capacity, move="balanced")
    assume(not found["problems"])
    running = carried_out(found, empty())
    assert assign(wanted, HOSTS, running, capacity=capacity, move="balanced")["moves"] == []


@given(fleets(), st.sampled_from(HOSTS), MOVES)
def test_losing_a_host_moves_only_its_services(fleet, lost, move):
    wanted, current = fleet
    for one in wanted:
        one["docker_host"] = None
    running = {service for host, services in current.items() if host != lost for service in services}
    answers, known = answered(current), [one["service"] for one in wanted]
    del answers[lost]
    found = assign(wanted, HOSTS, answers, dead=[lost], known=known)
    assert found["problems"] == [] and found["moves"] == []
    assert set(places(found)) == set(known) and lost not in places(found).values()
    assert {service: host for host, some in current.items() for service in some if host != lost} == {
        service: host for service, host in places(found).items() if service in running
    }
    # While the host only does not answer, its services stay there.
    found = assign(wanted, HOSTS, answers, known=known, move=move)
    assert set(found["left_out"]) == set(known) - running
    assert places(found).keys() == running


@given(crowds(), st.sampled_from(HOSTS), st.integers(1, 2))
def test_a_standby_takes_the_place_of_what_was_on_a_dead_host(crowd, lost, standby):
    wanted, answers = crowd
    for one in wanted:
        one["docker_host"] = None
    before = assign(wanted, HOSTS, answers, standby=standby)
    assert before["problems"] == []
    answers = carried_out(before, answers)
    del answers[lost]
    after = assign(wanted, HOSTS, answers, standby=standby, dead=[lost], known=[one["service"] for one in wanted])
    assert (after["problems"], after["moves"], leaves(after)) == ([], [], set())
    for service, hosts in spread(before).items():
        assert set(hosts) - {lost} <= set(spread(after)[service])
        assert places(after)[service] in set(hosts)
        assert places(after)[service] == places(before)[service] or places(before)[service] == lost


def test_two_names_of_one_engine_are_refused():
    """An address that was copied from one Docker host to another: each would remove what the other has."""
    same = [dict(container("a"), id="1"), dict(container("b"), id="2")]
    answers = dict(d1=dict(services=same), d2=dict(services=same), d3=dict(services=[dict(container("c"), id="3")]))
    (problem,) = assign([target("a"), target("b"), target("c")], HOSTS, answers)["problems"]
    assert problem.startswith("d2: nova_compute_hosts: has the same engine as d1: both list the same container of a.")
