# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a driver's own options against their argument specs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck, did_you_mean
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, option_types
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text

# Ansible's markup of options, constants and values in descriptions.
MARKUP = re.compile(r"\b[COVI]\(([^)]*)\)")


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Options that the driver does not have, that are missing, or that have another type."""
    driver = target.driver
    if not driver.variable:
        return
    wrong = [name for name, layer in target.settings.layers(driver.variable) if not isinstance(layer, Mapping)]
    if wrong:
        yield target.problem(wrong[0], "is not a dict.", "Write option: value pairs.")
        return
    specs = target.option_specs
    # Names that are not texts are a problem of their own (names.py).
    for name in sorted({name for name in target.options if isinstance(name, str)} - set(specs)):
        other = f"If nova's [{driver.section}] really has it, set it in services_nova_conf."
        cure = did_you_mean(name, specs, other)
        yield target.problem(f"{driver.variable}.{name}", "is not an option of this driver.", cure)
    for name, spec in specs.items():
        yield from _option(target, f"{driver.variable}.{name}", name, spec)


def _option(target: TargetToCheck, variable: str, name: str, spec: Mapping[str, Any]) -> Iterator[Problem]:
    value = target.options.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        if spec.get("required"):
            null = " Quote it if null or ~ is its text." if name in target.options and value is None else ""
            yield target.problem(variable, "is missing.", f"Set it: {_sentence(spec)}{null}")
        elif value is not None and option_types.refused(value, spec):
            yield target.problem(variable, "is empty.", "Set it, or leave it out.")
        return
    if spec.get("type", "str") == "str" and not_text(value):
        yield target.problem(variable, "is not a text.", not_text(value))
        return
    result = target.known.validators[variable].validate({name: value})
    # The validator accepts a dict or a list as a string, and true or 443.0 as an int. nova does not.
    if result.error_messages or isinstance(value, (Mapping, list)) or option_types.refused(ini.native(value), spec):
        yield target.problem(variable, f"is not of type {spec.get('type', 'str')}.", _allowed(spec))
    else:
        yield from target.line_break(variable, value)


def _sentence(spec: Mapping[str, Any]) -> str:
    text = spec["description"]
    return MARKUP.sub(r"\1", (text if isinstance(text, str) else text[0]).strip())


def _allowed(spec: Mapping[str, Any]) -> str:
    if spec.get("choices"):
        return "Use one of " + ", ".join(map(str, spec["choices"])) + "."
    return _sentence(spec)
