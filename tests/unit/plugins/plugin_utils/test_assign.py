# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._assign import assign, desired_services
from hypothesis import assume, given
from hypothesis import strategies as st

HOSTS = ["d1", "d2", "d3"]


def target(name, pin=None, service=None):
    return dict(target=name, service=service or name, docker_host=pin)


def places(result):
    return {one["service"]: host for host, found in result["assignments"].items() for one in found}


def test_new_targets_are_spread_evenly_and_predictably():
    found = assign([target(name) for name in "gfedcba"], ["d2", "d1"], {"d1": [], "d2": []})
    assert found["problems"] == []
    assert places(found) == dict(a="d1", b="d2", c="d1", d="d2", e="d1", f="d2", g="d1")


def test_every_host_gets_an_entry():
    assert assign([], HOSTS, {}) == dict(assignments={"d1": [], "d2": [], "d3": []}, problems=[])


def test_without_hosts_nothing_is_assigned():
    """The check of the inventory has named the empty group already."""
    assert assign([target("a")], [], {}) == dict(assignments={}, problems=[])


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
    assert problem.startswith("a: services_docker_host: its service runs on d1") and "Set it to d1" in problem
    assert "a" not in places(found)


def test_a_pin_to_an_unknown_host_is_a_problem():
    (problem,) = assign([target("a", "d9")], HOSTS, {host: [] for host in HOSTS})["problems"]
    assert problem.startswith("a: services_docker_host: d9 is not in the group nova_compute_hosts")


def test_a_service_on_two_hosts_is_a_problem():
    (problem,) = assign([target("a")], HOSTS, {"d1": ["a"], "d2": ["a"], "d3": []})["problems"]
    assert problem.startswith("a: has a container on d1 and on d2")


def test_a_silent_host_may_run_what_has_no_place():
    found = assign([target("a"), target("b"), target("c", "d1")], ["d1", "d2"], {"d1": ["b"]})
    (problem,) = found["problems"]
    assert problem.startswith("d2: nova_compute_hosts: did not answer") and "run there: a." in problem


def test_a_silent_host_is_no_matter_when_everything_has_a_place():
    found = assign([target("b"), target("c", "d2")], ["d1", "d2"], {"d1": ["b"]})
    assert (places(found), found["problems"]) == (dict(b="d1", c="d2"), [])


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


@given(targets, runs)
def test_without_problems_every_target_is_placed_once(wanted, current):
    found = assign(wanted, HOSTS, current)
    assume(not found["problems"])
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


@given(targets, runs)
def test_assigning_again_what_was_assigned_changes_nothing(wanted, current):
    found = assign(wanted, HOSTS, current)
    assume(not found["problems"])
    running = {host: [one["service"] for one in services] for host, services in found["assignments"].items()}
    assert places(assign(wanted, HOSTS, running)) == places(found)


def test_services_as_the_module_takes_them():
    labels = {"novafleet.target": "xs-01", "novafleet.driver": "xenserver"}
    assert desired_services([dict(target="xs-01", service="c7", driver="xenserver")]) == [
        dict(name="c7", target="xs-01", container=dict(labels=labels))
    ]


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
