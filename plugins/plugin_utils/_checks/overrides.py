# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of C(services_nova_conf): its shape, and its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text

VARIABLE = "services_nova_conf"
EMPTY_LINE = re.compile(r"[\r\n][ \t]*[\r\n](?<!\r\n)|\n[ \t]*\r\n")


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Layers that are not sections with options, and secrets that are not texts."""
    below = _options_below(target)
    for variable, layer in target.settings.layers(VARIABLE):
        if not is_sections(layer):
            yield target.problem(variable, "is not a dict of sections.", "Write section: {option: value}.")
        else:
            yield from _secrets(target, variable, layer, below)
            yield from _empty_lines(target, variable, layer)


def is_sections(layer: Any) -> bool:
    """Whether a layer is a dict of dicts. Sections may be empty."""
    return isinstance(layer, Mapping) and all(isinstance(options, Mapping) for options in layer.values() if options)


def _options_below(target: TargetToCheck) -> set[tuple[str, str]]:
    """Options that services_nova_conf may remove: set of (section, option)."""
    placement = target.settings.get("services_placement")
    below = {(section, option) for section, options in target.known.renderer.base.items() for option in options}
    below |= {("placement", option) for option in placement} if isinstance(placement, Mapping) else set()
    return below | {("DEFAULT", "transport_url")}


def _empty_lines(target: TargetToCheck, variable: str, layer: Mapping[Any, Any]) -> Iterator[Problem]:
    """A value may continue on further lines, and ends at an empty one (oslo_config/iniparser.py)."""
    for section, options in layer.items():
        for option, value in (options or {}).items():
            texts = value if isinstance(value, (list, tuple)) else [value]
            if any(isinstance(text, str) and EMPTY_LINE.search(text.rstrip()) for text in texts):
                name = f"{variable}.{section}.{option}"
                yield target.problem(name, "has an empty line, which ends a value for nova.", "Remove that line.")


def _secrets(
    target: TargetToCheck, variable: str, layer: Mapping[Any, Any], below: set[tuple[str, str]]
) -> Iterator[Problem]:
    """Secrets are written literally, so they must be texts without line breaks."""
    for section, options in layer.items():
        for option, value in (options or {}).items():
            there = (section, option) in below
            below.add((section, option))
            # null removes an option of another layer. If no layer has it, the null was meant as a password.
            if (value is None and there) or not target.known.renderer.kinds.is_secret(str(section), str(option)):
                continue
            name = f"{variable}.{section}.{option}"
            for text in value if isinstance(value, (list, tuple)) else [value]:
                if not_text(text):
                    yield target.problem(name, "is not a text.", not_text(text))
                else:
                    yield from target.line_break(name, text)
