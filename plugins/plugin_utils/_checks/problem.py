# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mistake in the input, and the same mistake in many targets. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One mistake in the input.

    Attributes:
        host: inventory host, or a name for several hosts.
        variable: what to correct.
        problem: the problem, a sentence without its subject.
        cure: the fix, a sentence.
        hosts: all inventory hosts that have it, if several may have it. It is reported once for all of them.
    """

    host: str
    variable: str
    problem: str
    cure: str
    hosts: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.host}: {self.variable}: {self.problem} {self.cure}"


def and_more(hosts: list[str]) -> str:
    """One name for the hosts that share a problem."""
    return hosts[0] + (f" and {len(hosts) - 1} more" if len(hosts) > 1 else "")


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """Merge problems that several hosts have. Each is at the position of the first host."""
    by_words: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        whose = "" if problem.hosts else problem.host
        by_words.setdefault((whose, problem.variable, problem.problem, problem.cure), []).append(problem)
    return [_of_all(same) for same in by_words.values()]


def _of_all(same: list[Problem]) -> Problem:
    first = same[0]
    hosts = list(dict.fromkeys(host for problem in same for host in problem.hosts))
    if not hosts:
        return first
    return Problem(and_more(hosts), first.variable, first.problem, first.cure, tuple(hosts))
