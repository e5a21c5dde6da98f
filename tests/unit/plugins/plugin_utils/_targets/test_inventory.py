# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings


def test_targets_are_the_hosts_of_the_drivers_groups():
    groups = dict(xenserver=["b", "a"], vcenter=["c", "a"], nova_compute_hosts=["d"], all=["a", "b", "c", "d"])
    inventory = Inventory(groups, lambda host: Settings({}, {}))
    assert inventory.hosts == ["a", "b", "c"]
    assert [driver.name for driver in inventory.drivers_of("a")] == ["xenserver", "vcenter"]
    assert inventory.drivers_of("d") == []
    assert inventory.docker_hosts == ["d"]


def test_a_driver_may_have_another_group():
    groups = dict(vcenter=["appliance"], clusters=["c"])
    inventory = Inventory(groups, lambda host: Settings({}, {}), {"vcenter": "clusters"})
    assert (inventory.hosts, inventory.docker_hosts) == (["c"], ())
