# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.desired import desired_services


def test_services_as_the_module_takes_them():
    labels = {"novafleet.target": "xs-01", "novafleet.driver": "xenserver"}
    assert desired_services([dict(target="xs-01", service="c7", driver="xenserver")]) == [
        dict(name="c7", target="xs-01", container=dict(labels=labels))
    ]


TWO = [dict(target="a", service="a", driver="vcenter"), dict(target="b", service="b", driver="xenserver")]


@pytest.mark.parametrize(
    ("given", "density", "expected"),
    [
        ({}, False, [230, None]),
        ({}, True, [130, None]),
        ({"xenserver": "150"}, False, [230, 150]),
        ({"vcenter": "300"}, True, [300, None]),
    ],
)
def test_the_operator_overrides_the_memory_figure_of_a_driver(given, density, expected):
    assert [one.get("memory_mb") for one in desired_services(TWO, {}, given, density)] == expected


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


def test_labels_of_the_operator_stand_next_to_ours():
    target = dict(target="t1", service="s1", driver="fake")
    (service,) = desired_services([target], {"labels": {"team": "blue", "novafleet.target": "other"}})
    assert service["container"]["labels"] == {"team": "blue", "novafleet.target": "t1", "novafleet.driver": "fake"}
