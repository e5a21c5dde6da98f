# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the rendered nova.conf, for options of any origin."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import (
    NOT_UNICODE,
    not_unicode,
    references,
)

# Options of [pci] with JSON, and what to write.
DEVICES = 'Write a text, not a dict, such as \'{"vendor_id": "8086", "product_id": "154d"}\', or a list of such texts.'
JSON_OPTIONS = {
    "alias": 'Write a text, not a dict, such as \'{"name": "a1", "vendor_id": "8086"}\', or a list of such texts.',
    "device_spec": DEVICES,
    "passthrough_whitelist": DEVICES,
}


def service_host(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Only services_host may name the service."""
    if conf["DEFAULT"].get("host") != [target.service]:
        cure = "Use services_host: all else derives from it."
        yield target.problem("services_nova_conf.DEFAULT.host", "must not be set.", cure)


def driver(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Only the target's group may name the driver. Of nova's fake driver, any variant will do."""
    wanted, found = target.driver.compute_driver, ini.value(conf, "DEFAULT", "compute_driver")
    kind = wanted.partition(".")[0]
    if found != wanted and not (kind == "fake" and found.startswith("fake.")):
        cure = f"Remove it: {wanted} is the driver of this target's group. Or move the target to another group."
        yield target.problem("services_nova_conf.DEFAULT.compute_driver", f"is {found}.", cure)


def hypervisor(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Only the driver's own variable may name the hypervisor: what keeps two services from one compares these."""
    driver = target.driver
    named = {*conf.get(driver.section, {}), *target.options}
    for option in () if driver.local else (name for name, _default in driver.identity if name in named):
        # One that nova.conf lacks is null in the variable, which differs from an empty text.
        found = ini.value(conf, driver.section, option) if option in conf.get(driver.section, {}) else None
        known = dict(target.options, **{option: found})
        if driver.hypervisor(known) != driver.hypervisor(target.options):
            place, shown = driver.option_variable(option), "removed from" if found is None else f"{found!r} in"
            problem = f"is {shown} nova.conf, by services_nova_conf or services_base_nova_conf."
            yield target.problem(place, problem, f"Set {place} alone: it names the hypervisor.")


def conflicts(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Options that the driver refuses together with others."""
    for conflict in target.driver.conflicts(conf):
        yield target.problem(target.driver.option_variable(conflict.option), conflict.problem, conflict.cure)


def templates(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Values with a template that Ansible has not resolved, such as those of inventory scripts since ansible-core 2.19.

    Passwords are literal, so only one that is nothing but a template is certainly a mistake.
    """
    for section, options in conf.items():
        for option, values in options.items():
            literal = target.known.renderer.kinds.is_secret(section, option) and option != "transport_url"
            found = ini.TEMPLATE.fullmatch if literal else ini.TEMPLATE.search
            unresolved = any("{" in value and found(ini.plain(value)) for value in values)
            if unresolved and not target.trusts(f"{section}.{option}"):
                cure = "Correct what it refers to, or set the value itself: Ansible did not resolve it."
                yield target.shared_problem(variable_of(target, section, option), "is a template in braces.", cure)


def devices(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Values in [pci] must be JSON. nova ends otherwise (nova/pci/whitelist.py, nova/pci/request.py)."""
    for option, cure in JSON_OPTIONS.items():
        values = [value for value in conf.get("pci", {}).get(option, ()) if not any(references(value))]
        wrong = any(not _describes_devices(ini.plain(value), option) for value in values)
        if wrong and not target.trusts(f"pci.{option}"):
            variable = f"services_nova_conf.pci.{option}"
            yield target.shared_problem(variable, "is not JSON that describes devices.", cure)


def _describes_devices(text: str, option: str) -> bool:
    try:
        read = json.loads(text)
    except ValueError:
        return False
    if option == "alias":
        return isinstance(read, dict) and isinstance(read.get("name"), str)
    return isinstance(read, dict) or (isinstance(read, list) and all(isinstance(item, dict) for item in read))


def encoding(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Values that no file in UTF-8 can have."""
    for section, options in conf.items():
        for option, values in options.items():
            if any(not_unicode(value) for value in values):
                cure = "Write it again: YAML reads \\ud800 to \\udfff as a part of a character."
                yield target.shared_problem(variable_of(target, section, option), NOT_UNICODE, cure)


def variable_of(target: TargetToCheck, section: str, option: str) -> str:
    """The variable that usually sets an option of nova.conf."""
    if target.driver.variable and section == target.driver.section:
        return target.driver.option_variable(option)
    usual = {
        ("DEFAULT", "transport_url"): "services_transport_url",
        ("placement", option): f"services_placement.{option}",
    }
    return usual.get((section, option), f"services_nova_conf.{section}.{option}")


def certain_conflicts(target: TargetToCheck, told: set[str]) -> Iterator[Problem]:
    """The same check of the driver's own options, for a target whose nova.conf was not rendered.

    Args:
        told: variables that other problems name.
    """
    driver = target.driver
    options = {name: value for name, value in target.options.items() if f"{driver.variable}.{name}" not in told}
    for problem in conflicts(target, ini.merge({driver.section: options})):
        # Without an option that is wrong, it would be called missing.
        if problem.variable not in told:
            yield problem
