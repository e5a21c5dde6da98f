# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One list of problems from the plans of several Docker hosts, each of which saw its own targets.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.claims import Claims
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem, and_more
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Claim


def findings(problems: Iterable[Problem]) -> list[dict]:
    """Problems as a registered result holds them: dicts of host, hosts, variable, problem and C(cure), the fix."""
    return [
        dict(host=one.host, hosts=list(one.hosts), variable=one.variable, problem=one.problem, cure=one.cure)
        for one in problems
    ]


def check_problems(found: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All problems of all targets, each once.

    Args:
        found: result of the module assign, for the names of all targets.
        answers: Docker host -> result of the module plan, for the targets of that host.

    Returns:
        list of str. What several targets share is one of them, also if their services run on several hosts.
    """
    merged: dict[tuple, list[str]] = {}
    for answer in [found, *answers.values()]:
        for one in answer.get("findings") or ():
            whose = "" if one["hosts"] else one["host"]
            hosts = merged.setdefault((whose, one["variable"], one["problem"], one["cure"]), [])
            hosts += [host for host in one["hosts"] or [one["host"]] if host not in hosts]
    told = [Problem(and_more(hosts), *words) for (_whose, *words), hosts in merged.items()]
    return [str(problem) for problem in told + _claims(answers).problems()]


def check_warnings(answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Services that may collide; answers as check_problems() takes them."""
    return [str(problem) for problem in _claims(answers).warnings()]


def _claims(answers: Mapping[str, Mapping[str, Any]]) -> Claims:
    found = Claims()
    for answer in answers.values():
        for one in answer.get("claims") or ():
            hosts = found.hosts.setdefault(Claim(**{name: one[name] for name in Claim._fields}), [])
            hosts += [host for host in one["hosts"] if host not in hosts]
    return found
