# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory's targets, each with its driver and its variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS, of_drivers
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings


@dataclass(frozen=True)
class Inventory:
    """The content of the inventory.

    Attributes:
        groups: inventory group -> host names.
        settings_of: inventory host -> its Settings.
        names: driver -> inventory group, for groups that do not have the driver's name.
        everybody: variables of the group all, not templated.
    """

    groups: Mapping[str, Sequence[str]]
    settings_of: Callable[[str], Settings]
    names: Mapping[str, str] = field(default_factory=dict)
    everybody: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_driver(self) -> dict[str, frozenset[str]]:
        """driver -> names of its targets."""
        return {driver: frozenset(hosts) for driver, hosts in of_drivers(self.groups, self.names).items()}

    @property
    def hosts(self) -> list[str]:
        """Names of all targets, in order."""
        return sorted(frozenset().union(*self.by_driver.values()))

    def drivers_of(self, host: str) -> list[Driver]:
        """Drivers whose group holds the host. A target has one."""
        return [driver for name, driver in DRIVERS.items() if host in self.by_driver[name]]

    @property
    def docker_hosts(self) -> Sequence[str]:
        """Names of the Docker hosts."""
        return self.groups.get("nova_compute_hosts") or ()
