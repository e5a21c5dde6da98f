# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of services_aggregates, by nova's rules for names (api/validation/parameter_types.py).  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import TEMPLATE
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.aggregates import (
    NAME,
    VARIABLE,
    ZONE,
    aggregates_of,
)

LONGEST = 255
FORM = "Write a list of dicts such as {name: rack-1, availability_zone: az-1}."


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """What nova would refuse of a target's host aggregates, and what it would not notice."""
    try:
        wanted = aggregates_of(target.settings)
    except TypeError:
        yield target.shared_problem(VARIABLE, "is not a list of dicts.", FORM)
        return
    unknown = sorted({str(key) for one in target.settings.get(VARIABLE) or () for key in one} - {NAME, ZONE})
    if unknown:
        yield target.shared_problem(VARIABLE, f"has {', '.join(unknown)}, which is not a key of an aggregate.", FORM)
    for one in wanted:
        if one[NAME] is None:
            yield target.shared_problem(VARIABLE, "has an aggregate without a name.", FORM)
        for key, value in one.items():
            wrong = _wrong(key, value) if value is not None else None
            if wrong:
                yield target.shared_problem(f"{VARIABLE}.{key}", *wrong)
    names, zones = [str(one[NAME]) for one in wanted], {str(one[ZONE]): None for one in wanted if one[ZONE]}
    # nova's database ignores case when it compares names.
    folded = [name.lower() for name in names]
    twice = sorted({name for name in names if folded.count(name.lower()) > 1})
    if twice:
        yield target.shared_problem(VARIABLE, f"names {', '.join(twice)} more than once.", "Name each aggregate once.")
    if len(zones) > 1:
        problem = f"has the availability zones {', '.join(zones)}, and a host is in one only."
        yield target.shared_problem(VARIABLE, problem, "Leave one of them.")


def _wrong(key: str, value: Any) -> tuple[str, str] | None:
    if not_text(value):
        return "is not a text.", not_text(value)
    if not value or len(value) > LONGEST or value != value.strip() or not value.isprintable():
        return (
            f"{value!r} is not a name that nova takes.",
            f"Use 1 to {LONGEST} characters, without blanks around them.",
        )
    if TEMPLATE.search(value):
        return "is a template in braces.", "Correct what it refers to, or write the name: Ansible did not resolve it."
    if key == ZONE and ":" in value:
        return (
            f"{value!r} is not a name that nova takes.",
            "Use a name without a colon, which separates a host from it.",
        )
    return None
