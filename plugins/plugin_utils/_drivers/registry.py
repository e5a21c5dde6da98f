# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drivers that this collection supports, and the inventory groups of their targets. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers import (
    fake,
    ironic,
    libvirt,
    vcenter,
    xenserver,
)

DRIVERS = {
    driver.name: driver for driver in (xenserver.DRIVER, vcenter.DRIVER, libvirt.DRIVER, ironic.DRIVER, fake.DRIVER)
}


def group_names(names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The inventory groups of the drivers' targets: driver -> group.

    Args:
        names: driver -> group, for those that differ from the driver's name.
    """
    return {name: str((names or {}).get(name) or name) for name in DRIVERS}


def of_drivers(groups: Mapping[str, Sequence[str]], names: Mapping[str, str] | None = None) -> dict[str, list[str]]:
    """The inventory hosts of each driver: driver -> host names.

    Args:
        groups: inventory group -> host names.
        names: in the form of group_names().
    """
    return {driver: list(groups.get(group, ())) for driver, group in group_names(names).items()}


def is_node_name(name: str) -> bool:
    """Whether a compute node has a name that only this collection's drivers use."""
    return any(driver.node_name.fullmatch(name) for driver in DRIVERS.values() if driver.node_name)
