# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Keystone accounts: C(services_placement), and those of the final nova.conf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._secrets import is_secret_name
from ansible_collections.novafleet.compute.plugins.module_utils._urls import place_of_url
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.endpoints import NeededAddress
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, keystone
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions, not_text

VARIABLE = "services_placement"
# Options that are texts, in addition to the secrets.
TEXTS = {
    f"{what}_{part}"
    for what in ("user", "user_domain", "project", "project_domain", "domain")
    for part in ("id", "name")
} | {
    "auth_type",
    "auth_url",
    "auth_section",
    "endpoint_override",
    "region_name",
    "system_scope",
    "trust_id",
    "username",
}
PORTS = {"http": 80, "https": 443}


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Problems of the variable, which do not depend on the final nova.conf."""
    placement = target.settings.get(VARIABLE) or {}
    if not isinstance(placement, Mapping):
        yield target.shared_problem(VARIABLE, "is not a dict.", "Write option: value pairs.")
        return
    for name, value in placement.items():
        yield from _value(target, f"{VARIABLE}.{name}", str(name), value)


def _value(target: TargetToCheck, variable: str, name: str, value: Any) -> Iterator[Problem]:
    """These are written literally."""
    if (name in TEXTS or is_secret_name(name)) and not_text(value):
        # null removes an option that is not a secret.
        if value is not None or is_secret_name(name):
            yield target.shared_problem(variable, "is not a text.", not_text(value))
    elif isinstance(value, Mapping):
        yield target.shared_problem(variable, "is a dict.", "Write a text, or a list of texts.")
    else:
        yield from target.line_break(variable, value, shared=True)


def rendered_problems(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Problems for which keystoneauth refuses nova.conf."""
    section = conf.get("placement", {})
    if not (section.get("auth_type") or section.get("auth_section") or section.get("auth_plugin")):
        yield target.problem(
            VARIABLE,
            "is missing, and nova-compute ends without placement.",
            "Set auth_type, auth_url, username, password, project_name, user_domain_name and project_domain_name.",
        )
    lists: Sequence[NovaOptions | None] = target.known.lists or [None]
    for listed in lists:
        for problem in keystone.problems(conf, listed):
            yield from _account(target, *problem)


def certain_problems(target: TargetToCheck, told: set[str]) -> Iterator[Problem]:
    """Problems of the variables, for a target whose nova.conf was not rendered.

    Args:
        told: variables that other problems name.
    """
    layers = [value for _name, value in target.settings.layers("services_nova_conf")]
    try:
        written = [target.known.renderer.kinds.written(layer) for layer in layers]
        conf = ini.merge({"placement": target.settings.get(VARIABLE) or {}}, *written)
    except (ini.NovaConfError, AttributeError):
        return
    listed = next(iter(target.known.lists), None)
    for section, options in conf.items():
        for problem in keystone.certain(section, options, listed):
            if not any(name.endswith(f".{problem[1]}") for name in told):
                yield from _account(target, *problem)


def _account(target: TargetToCheck, section: str, option: str, problem: str, cure: str) -> Iterator[Problem]:
    if not target.trusts(f"{section}.{option}"):
        own = target.driver.variable and section == target.driver.section
        place = f"services_nova_conf.{section}.{option}"
        if section == "placement":
            place = f"{VARIABLE}.{option}"
        yield target.shared_problem(target.driver.option_variable(option) if own else place, problem, cure)


def needs(target: TargetToCheck, conf: Conf | None) -> Iterator[NeededAddress]:
    """Addresses of Keystone and placement.

    Args:
        conf: the whole nova.conf, or None if only the variable is read.
    """
    if conf is None:
        placement = target.settings.get(VARIABLE)
        given = placement if isinstance(placement, Mapping) else {}
        section: Mapping[str, list[str]] = {name: [str(value)] for name, value in given.items()}
    else:
        # If the account is in another section, that section has the address of Keystone.
        elsewhere = ini.value(conf, "placement", "auth_section")
        section = {**(conf.get(elsewhere, {}) if elsewhere else {}), **conf.get("placement", {})}
    for option in ("auth_url", "endpoint_override"):
        address, port = place_of_url(section.get(option, [""])[-1], PORTS)
        if address:
            yield NeededAddress(address, port, f"{VARIABLE}.{option}")
