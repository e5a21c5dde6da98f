# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that no two targets have the same service host or the same hypervisor. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS


def problems(targets: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Values that targets have in common, but must not.

    Args:
        targets: targets as the module check_targets returns them.
    """
    services: dict[str, Mapping[str, Any]] = {}
    hypervisors: dict[tuple[str, str], Mapping[str, Any]] = {}
    double = []
    for target in targets:
        # nova's database ignores case when it compares service hosts.
        other = services.setdefault(target["service"].lower(), target)
        if other is not target:
            cure = "Give each target its own services_host."
            yield Problem(target["target"], "services_host", _same("service", "service host", target, other), cure)
        if target["hypervisor"] and not DRIVERS[target["driver"]].overlap:
            other = hypervisors.setdefault((target["hypervisor"], target["driver"]), target)
            double += [(target, other)] if other is not target else []
    for target, other in double:
        cure = "Remove one of them, or correct its address."
        yield Problem(target["target"], target["variable"], _same("hypervisor", "hypervisor", target, other), cure)
    yield from _overlapping(targets)


def _overlapping(targets: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """Services that manage the same hypervisors, although what they manage has different names."""
    before: list[Mapping[str, Any]] = []
    for target in targets:
        overlap = DRIVERS[target["driver"]].overlap
        if not overlap:
            continue
        others = (other for other in before if other["driver"] == target["driver"])
        reasons = ((other, overlap(other["hypervisor"], target["hypervisor"])) for other in others)
        for other, reason in reasons:
            if reason:
                problem = f"would manage the same hypervisors as {other['target']}: {reason}."
                yield Problem(target["target"], target["variable"], problem, "Correct one of them, or remove it.")
                break
        before.append(target)


def _same(key: str, what: str, target: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    # A name of a vCenter's cluster may begin or end with blanks.
    name = repr(target[key]) if re.search(r"\s", target[key]) else target[key]
    if other[key] == target[key]:
        return f"the {what} {name} is that of {other['target']} too."
    return f"the {what} {name} is {other[key]} of {other['target']} too, in nova's database."
