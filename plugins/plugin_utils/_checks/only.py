# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The targets that services_only names, by their names and by patterns such as cluster-0*.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import did_you_mean

VARIABLE = "services_only"


def selected(patterns: Iterable[str], targets: Iterable[str]) -> frozenset[str]:
    """Those of some targets that a pattern matches. Without a pattern all of them; case matters, as in an inventory.

    Args:
        patterns: names, and patterns of fnmatch.
        targets: names of inventory hosts.
    """
    wanted = [pattern.strip() for pattern in patterns]
    return frozenset(name for name in targets if not wanted or any(fnmatchcase(name, one) for one in wanted))


def problems(patterns: Iterable[str], targets: Sequence[str]) -> Iterator[Problem]:
    """Patterns that match no target, as a run for nothing is one that the operator did not mean.

    Args:
        patterns, targets: as selected() takes them.
    """
    for pattern in dict.fromkeys(one.strip() for one in patterns):
        if not pattern:
            # Such as a variable of a script that was not set: read as "all", it would deploy everything.
            cure = "Name targets, or leave the variable out to deploy all of them."
            yield Problem("all targets", VARIABLE, "has an empty name.", cure)
        elif not selected([pattern], targets):
            cure = did_you_mean(pattern, targets, "Write names of targets, or patterns such as cluster-0*.")
            yield Problem(pattern, VARIABLE, "matches no target of the inventory.", cure)
