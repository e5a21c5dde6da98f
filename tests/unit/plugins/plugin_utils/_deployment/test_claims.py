# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.claims import claimed_twice, known_elsewhere

TARGETS = [dict(target=name, hypervisor=address) for name, address in (("a", "vc/443/c"), ("b", "vc2/443/c"))]


def entry(target, identity="vcenter/u/1"):
    return dict(target=target, variable="services_vcenter", identity=identity, called="the cluster c")


def test_two_names_for_one_cluster_are_found_over_docker_hosts():
    answers = [dict(hypervisors=[entry("b")]), dict(hypervisors=[entry("a")]), dict(msg="did not run")]
    assert claimed_twice(answers, TARGETS) == [
        "b: services_vcenter: is on the cluster c, and so is a, under another name. Remove one of the two: each "
        "hypervisor has one nova-compute."
    ]


def test_one_name_twice_is_told_elsewhere():
    same = [dict(one, hypervisor="vc/443/c") for one in TARGETS]
    assert claimed_twice([dict(hypervisors=[entry("a"), entry("b")])], same) == []


def test_different_ones_are_no_problem():
    assert claimed_twice([dict(hypervisors=[entry("a"), entry("b", "vcenter/u/2")])], TARGETS) == []
    assert claimed_twice([], TARGETS) == []


UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def test_a_cluster_that_nova_knows_under_another_service_is_refused():
    """The hypervisor was renamed, and its target with it."""
    targets = [dict(target="new", service="new"), dict(target="same", service="same")]
    answers = [
        dict(
            hypervisors=[entry("new", f"vcenter/{UUID.upper()}/domain-c7"), entry("same", f"vcenter/{UUID}/domain-c8")]
        )
    ]
    nodes = [
        dict(host="old", name=f"domain-c7.{UUID}"),
        dict(host="same", name=f"domain-c8.{UUID}"),
        dict(host="x", name=None),
    ]
    (problem,) = known_elsewhere(answers, targets, nodes)
    assert problem.startswith(
        "new: services_host: is on the cluster c, which nova knows as the compute node of the service old."
    )


def test_hypervisors_that_nova_names_otherwise_are_not_compared():
    assert (
        known_elsewhere(
            [dict(hypervisors=[entry("a", "xenserver/u")])], [dict(target="a", service="a")], [dict(host="b", name="u")]
        )
        == []
    )
