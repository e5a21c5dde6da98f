# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS, is_node_name


@pytest.mark.parametrize(
    ("group", "options", "expected"),
    [
        ("vcenter", dict(host_ip="vc", host_port=444, cluster_name="c1"), "vc/444/c1"),
        ("vcenter", dict(host_ip="vc", cluster_name="c1"), "vc/443/c1"),
        ("vcenter", dict(host_ip="vc", host_port="443", cluster_name="c1"), "vc/443/c1"),
        ("vcenter", dict(host_ip="VC", cluster_name="c1"), "vc/443/c1"),
        ("vcenter", dict(host_ip="vc", cluster_name=""), ""),
        ("vcenter", {}, ""),
        ("vcenter", dict(host_ip="vc.", host_port="0443", cluster_name="C1 "), "vc/443/C1 "),
        ("vcenter", dict(host_ip="2001:DB8:0::1", cluster_name="c1"), "2001:db8::1/443/c1"),
        ("xenserver", dict(connection_url="https://xs-01/"), "xs-01"),
        ("xenserver", dict(connection_url="https://XS-01"), "xs-01"),
        ("xenserver", dict(connection_url="http://xs-01"), "xs-01"),
        ("xenserver", dict(connection_url="https://xs-01./RPC2"), "xs-01"),
        ("libvirt", {}, ""),
        ("libvirt", dict(connection_uri="qemu:///system"), ""),
        ("libvirt", dict(connection_uri="qemu+ssh://root@kvm-1/system"), "kvm-1"),
        ("fake", {}, ""),
    ],
)
def test_what_tells_hypervisors_apart(group, options, expected):
    assert DRIVERS[group].hypervisor(options) == expected


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("domain-c8.0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", True),
        ("domain-c8", False),
        ("xs-01.example.com", False),
        ("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", False),
    ],
)
def test_compute_nodes_that_their_names_give_away(name, known):
    assert is_node_name(name) is known
