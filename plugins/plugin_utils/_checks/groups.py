# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the whole inventory: its groups, and the names of targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import did_you_mean
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS, group_names
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory


def problems(inventory: Inventory) -> Iterator[Problem]:
    """Problems of the groups."""
    yield from _names(inventory)
    if not inventory.hosts:
        names = ", ".join(group_names(inventory.names).values())
        cure = "Put each hypervisor into one of them."
        yield Problem("inventory", names, "no host is in any of these groups.", cure)
    if not inventory.docker_hosts:
        yield Problem("inventory", "nova_compute_hosts", "the group is empty.", "Put the Docker hosts into it.")


def _names(inventory: Inventory) -> Iterator[Problem]:
    names = inventory.names
    named = [name for name in names.values() if name]
    for driver, name in names.items():
        variable = f"services_groups.{driver}"
        if driver not in DRIVERS:
            cure = did_you_mean(driver, DRIVERS, f"Use {', '.join(DRIVERS)}.")
            yield Problem("inventory", variable, "is not a driver.", cure)
        elif name and (named.count(name) > 1 or (name in DRIVERS and name not in names and name != driver)):
            yield Problem("inventory", variable, f"{name} is the group of another driver.", "Name another group.")
        elif name and inventory.hosts and name not in inventory.groups:
            # Read as a driver without targets, its services would no longer be in the inventory.
            cure = did_you_mean(name, inventory.groups, "Add the group, which may be empty, or leave the driver out.")
            yield Problem("inventory", variable, f"{name!r} is not a group of the inventory.", cure)


def not_one(host: str, drivers: Sequence[Driver], inventory: Inventory) -> Problem:
    """Targets that are in the groups of several drivers, or of none."""
    groups = group_names(inventory.names)
    if not drivers:
        problem, cure = (
            f"is in none of the groups {', '.join(groups.values())}.",
            "Put it into the group of its hypervisor.",
        )
        return Problem(host, "group", problem, cure)
    names = " and ".join(groups[driver.name] for driver in drivers)
    return Problem(host, "group", f"is in {names}.", "Leave it in the one group of its hypervisor.")


def no_docker_host(host: str) -> Problem:
    """Hypervisors that are one of several Docker hosts, but do not name it."""
    problem = "is missing, and this hypervisor is one of the Docker hosts."
    return Problem(host, "services_docker_host", problem, "Name its Docker host of the group nova_compute_hosts.")
