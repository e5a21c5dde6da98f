# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.claims import claimed_twice

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
