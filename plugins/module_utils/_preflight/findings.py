# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found out about targets, as rows and as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
# So many targets are named where one problem is that of many.
MOST_NAMES = 3


@dataclass(frozen=True)
class PreflightFinding:
    """One thing that is wrong.

    Attributes:
        check: name of the check that found it.
        option: of the target's driver, or "" for none in particular.
        problem: what is wrong, a sentence without its subject.
        cure: what to write or do instead, a sentence.
    """

    check: str
    option: str
    problem: str
    cure: str


class CheckFailed(Exception):
    """A check found what leaves nothing more to be asked."""

    def __init__(self, check: str, option: str, problem: str, cure: str):
        super().__init__(problem)
        self.finding = PreflightFinding(check, option, problem, cure)


class LibraryMissing(CheckFailed):
    """What asks this kind of hypervisor is not installed here."""


@dataclass(frozen=True)
class Outcome:
    """What became of one target's checks.

    Attributes:
        findings: what is wrong.
        stopped_at: the check after which no other was made, or "" when all were.
        skipped: checks that were left out for another reason.
        reason: why the check at which it stopped was left out, a sentence, or "".
        identity: what the hypervisor calls itself, whatever name it was reached by, or "".
        called: the same for people.
    """

    findings: tuple[PreflightFinding, ...] = ()
    stopped_at: str = ""
    skipped: tuple[str, ...] = ()
    reason: str = ""
    identity: str = ""
    called: str = ""


def stopped(finding: PreflightFinding, skipped: Iterable[str] = ()) -> Outcome:
    """The outcome where a finding leaves nothing more to be asked."""
    return Outcome((finding,), finding.check, tuple(skipped))


def rows(target: Mapping[str, Any], checks: Iterable[str], outcome: Outcome) -> list[dict[str, str]]:
    """The checks of one target.

    Args:
        target: dict with target and variable.
        checks: tuple of names, in the order in which they are made.
        outcome: Outcome.

    Returns:
        list of dict with target, check, result, variable, problem, cure; one or more a check.
    """
    made: list[dict[str, str]] = []
    begun = True
    for check in checks:
        failed = [_row(target, check, FAILED, finding) for finding in outcome.findings if finding.check == check]
        made += failed
        if not failed:
            row = _row(target, check, OK if begun and check not in outcome.skipped else SKIPPED)
            made.append(dict(row, problem=outcome.reason) if check == outcome.stopped_at else row)
        begun = begun and check != outcome.stopped_at
    return made


def _row(target: Mapping[str, Any], check: str, result: str, finding: PreflightFinding | None = None) -> dict[str, str]:
    variable = target["variable"]
    return dict(
        target=target["target"],
        check=check,
        result=result,
        variable=f"{variable}.{finding.option}" if finding and finding.option else variable,
        problem=finding.problem if finding else "",
        cure=finding.cure if finding else "",
    )


def sentences(checked: Iterable[Mapping[str, str]]) -> list[str]:
    """The failed rows for people; what is wrong with many targets is told once.

    Args:
        checked: list of dict, as rows() returns them.

    Returns:
        list of str
    """
    targets: dict[tuple[str, str, str], list[str]] = {}
    for row in checked:
        if row["result"] == FAILED:
            targets.setdefault((row["variable"], row["problem"], row["cure"]), []).append(row["target"])
    return [f"{_names(names)}: {variable}: {problem} {cure}" for (variable, problem, cure), names in targets.items()]


def _names(names: list[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1} more"
