# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the names in dict variables: they must be texts, and names in nova.conf must fit on its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.overrides import VARIABLE, is_sections
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES

# Names that oslo.config reads back as they are written (oslo_config/iniparser.py).
SECTION = re.compile(r"[^\s\[\]]+")
OPTION = re.compile(r"[^\s=:\[\]#;][^\s=:]*")


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Names that YAML does not read as texts, or that nova.conf cannot have."""
    for variable, value in _dicts(target):
        yield from _texts(target, variable, value)
    sound = target.known.sound
    for variable, layer in target.settings.layers(VARIABLE):
        if is_sections(layer) and id(layer) not in sound:
            found = list(_sections(target, variable, layer))
            yield from found
            if not found:
                sound[id(layer)] = layer


def _dicts(target: TargetToCheck) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    settings = target.settings
    single = [(name, settings.get(name)) for name in ("services_placement", "services_transport_url")]
    spread = [name for name in (target.driver.variable, FILES) if name]
    for variable, value in [*single, *(layer for name in spread for layer in settings.layers(name))]:
        if isinstance(value, Mapping):
            yield variable, value


def _texts(target: TargetToCheck, variable: str, names: Mapping[Any, Any]) -> Iterator[Problem]:
    for name in names:
        if not_text(name):
            yield target.shared_problem(variable, f"has the name {name}, which is not a text.", not_text(name))


def _sections(target: TargetToCheck, variable: str, layer: Mapping[Any, Any]) -> Iterator[Problem]:
    yield from _texts(target, variable, layer)
    for section, options in layer.items():
        place = f"{variable}.{section!s}".splitlines()[0]
        if str(section) != "DEFAULT" and str(section).upper() == "DEFAULT":
            yield target.shared_problem(place, "is not a section that nova reads.", "Write DEFAULT.")
        elif not SECTION.fullmatch(str(section)):
            yield target.shared_problem(
                place, f"has the section {str(section)!r}.", "Use a name without blanks, line breaks and brackets."
            )
        yield from _texts(target, place, options or {})
        for option in options or {}:
            if not OPTION.fullmatch(str(option)):
                yield target.shared_problem(
                    place, f"has the option {str(option)!r}.", "Use a name without blanks, line breaks, '=' and ':'."
                )
