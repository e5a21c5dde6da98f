# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the nova.conf that comes out, wherever its options come from."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf


def service_host(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Nothing but services_host names the service."""
    if conf["DEFAULT"].get("host") != [target.service]:
        cure = "Use services_host: all else derives from it."
        yield target.problem("services_nova_conf.DEFAULT.host", "must not be set.", cure)


def conflicts(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Options that the driver refuses beside others."""
    for conflict in target.driver.conflicts(conf):
        yield target.problem(target.driver.option_variable(conflict.option), conflict.problem, conflict.cure)


def certain_conflicts(target: TargetToCheck, told: set[str]) -> Iterator[Problem]:
    """The same among the driver's own options, for a target whose nova.conf was not made.

    Args:
        told: variables of which something has been said.
    """
    driver = target.driver
    options = {name: value for name, value in target.options.items() if f"{driver.variable}.{name}" not in told}
    yield from conflicts(target, ini.merge({driver.section: options}))
