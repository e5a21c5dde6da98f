# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selects targets for the inventory plugins, and checks their names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import NEXT_SUFFIX, SERVICE_NAME
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint


@dataclass
class DiscoveredTarget:
    """One future inventory host.

    Attributes:
        host: inventory name.
        endpoint: Endpoint that reported it.
        place: description for messages.
        facts: dict, its variables for grouping.
        options: dict, options of nova's driver.
    """

    host: str
    endpoint: Endpoint
    place: str
    facts: dict[str, Any]
    options: dict[str, Any]


class Selection:
    """Selects names that match a pattern of include and none of exclude."""

    def __init__(self, include: Iterable[str], exclude: Iterable[str]):
        """include, exclude: list of str, regular expressions.

        Raises:
            DiscoveryError: some are none.
        """
        problems: list[str] = []
        self.include = _compiled("include", include, problems)
        self.exclude = _compiled("exclude", exclude, problems)
        if problems:
            raise DiscoveryError(*problems)

    def __call__(self, name: str) -> bool:
        included = not self.include or any(pattern.search(name) for pattern in self.include)
        return included and not any(pattern.search(name) for pattern in self.exclude)


def _compiled(option: str, patterns: Iterable[str], problems: list[str]) -> list[re.Pattern[str]]:
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            problems.append(f"{option}: {pattern!r} is not a regular expression: {error}. Correct it.")
    return compiled


def name_problems(targets: Iterable[DiscoveredTarget]) -> list[str]:
    """Find problems of the names of targets.

    Args:
        targets: selected targets.

    Returns:
        list of str
    """
    problems: list[str] = []
    places: dict[str, list[str]] = {}
    for target in targets:
        if not SERVICE_NAME.fullmatch(target.host) or target.host.endswith(NEXT_SUFFIX):
            problems.append(
                f"hostname: {target.host!r}, for {target.place!r}, is not a service host. Use letters, digits, '_', "
                "'.' "
                f"and '-', and no {NEXT_SUFFIX} at the end: an expression with regex_replace can do this."
            )
        places.setdefault(target.host, []).append(target.place)
    for host, several in places.items():
        if len(several) > 1:
            problems.append(
                f"hostname: {host!r} would be the name of {' and of '.join(map(repr, several))}. "
                "Change the expression so that names differ, or select one of them with include and exclude."
            )
    return problems
