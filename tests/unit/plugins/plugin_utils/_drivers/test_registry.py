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
        (
            "ironic",
            dict(auth_url="https://Keystone/v3/", region_name="one", shard="Rack-1"),
            "* keystone one Rack-1 *",
        ),
        ("ironic", dict(endpoint_override="http://i", auth_url="https://k", conductor_group=""), "i k * * ''"),
        ("ironic", {}, "* * * * *"),
    ],
)
def test_what_tells_hypervisors_apart(group, options, expected):
    assert DRIVERS[group].hypervisor(options) == expected


def ironic(address="k", region=None, **options):
    return dict(auth_url=address, region_name=region, **options)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (ironic(shard="a"), ironic(shard="b"), ""),
        (ironic(shard="a"), ironic(shard="A"), "both have the shard a"),
        (ironic(shard="a", conductor_group="x"), ironic(shard="a", conductor_group="y"), "both have the shard a"),
        (ironic(conductor_group="x"), ironic(conductor_group="y"), ""),
        (ironic(conductor_group="x"), ironic(conductor_group=""), ""),
        (ironic(conductor_group="x"), ironic(conductor_group="X"), "both have the conductor group x"),
        (ironic(conductor_group=""), ironic(conductor_group=""), "both have the conductor group ''"),
        (ironic(shard="a", conductor_group="x"), ironic(conductor_group="y"), ""),
        (ironic(shard="a", conductor_group="x"), ironic(conductor_group="x"), "not both a shard"),
        (ironic(shard="a"), ironic(conductor_group="x"), "a node may be in both"),
        (ironic(shard="a"), ironic(), "manages all nodes"),
        (ironic(), ironic(), "manages all nodes"),
        (ironic(), ironic("other"), ""),
        (ironic(region="one"), ironic(region="two"), ""),
        (ironic(region="one"), ironic(), "manages all nodes"),
        (ironic("https://k/v3", shard="a"), ironic("http://K.:80/", shard="a"), "both have the shard a"),
        (ironic("https://k:5000/v3"), ironic("http://k:5000"), "manages all nodes"),
        (ironic("https://k:5000/v3"), ironic("https://k:5001/v3"), ""),
        (ironic("https://k/identity/v3"), ironic("https://k/identity"), "manages all nodes"),
        (ironic("https://[2001:db8::1]/v3"), ironic("https://[2001:DB8:0::1]"), "manages all nodes"),
        (ironic("https://[2001"), ironic("https://[2001"), "manages all nodes"),
        # One of them gets the URL of Ironic from the catalog.
        (ironic(endpoint_override="http://i:6385"), ironic(), "manages all nodes"),
        (ironic(endpoint_override="http://i:6385"), ironic("other"), ""),
        (
            ironic(endpoint_override="http://i:6385/v1"),
            ironic("other", endpoint_override="https://I:6385"),
            "all nodes",
        ),
        (ironic(endpoint_override="http://i", region="one"), ironic(endpoint_override="http://i", region="two"), "all"),
        (ironic(endpoint_override="http://i"), ironic(endpoint_override="http://j"), ""),
        (ironic(None, endpoint_override="http://i"), ironic(), ""),
        # The account of one of them is elsewhere.
        (ironic(None, shard="a"), ironic(shard="a"), "both have the shard a"),
    ],
)
def test_parts_of_an_ironic_with_nodes_in_common(one, other, reason):
    driver = DRIVERS["ironic"]
    names = driver.hypervisor(one), driver.hypervisor(other)
    for found in (driver.overlap(*names), driver.overlap(*reversed(names))):
        assert reason.lower() in found.lower() if reason else found == ""
    assert driver.shares(*names) is bool(reason)


@pytest.mark.parametrize(("one", "other", "shared"), [("a", "a", True), ("a", "b", False), ("", "", False)])
def test_hypervisors_of_other_drivers_are_the_same_or_not(one, other, shared):
    assert DRIVERS["vcenter"].shares(one, other) is shared


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
