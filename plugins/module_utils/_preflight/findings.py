# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about targets, as rows and as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
# Number of targets that a message names if many have the same problem.
MOST_NAMES = 3


@dataclass(frozen=True)
class PreflightFinding:
    """One problem that a check found.

    Attributes:
        check: name of the check that found it.
        option: the driver's option that causes it, or "".
        problem: what is wrong, a sentence without its subject.
        cure: the fix, a sentence.
    """

    check: str
    option: str
    problem: str
    cure: str


class CheckFailed(Exception):
    """A check failed, and the checks after it cannot be made."""

    def __init__(self, check: str, option: str, problem: str, cure: str):
        super().__init__(problem)
        self.finding = PreflightFinding(check, option, problem, cure)


class LibraryMissing(CheckFailed):
    """The library for this kind of hypervisor is not installed on this machine."""


@dataclass(frozen=True)
class Outcome:
    """Result of one target's checks.

    Attributes:
        findings: problems found.
        stopped_at: the check after which no other was made, or "" if all were made.
        skipped: checks that were skipped for another reason.
        reason: why the check at which it stopped was skipped, a sentence, or "".
        identity: the hypervisor's own identity, which does not depend on the address that was used, or "".
        called: human-readable name of the hypervisor.
    """

    findings: tuple[PreflightFinding, ...] = ()
    stopped_at: str = ""
    skipped: tuple[str, ...] = ()
    reason: str = ""
    identity: str = ""
    called: str = ""


def stopped(finding: PreflightFinding, skipped: Iterable[str] = ()) -> Outcome:
    """The outcome if a failed check makes further checks impossible."""
    return Outcome((finding,), finding.check, tuple(skipped))


def unexpected(check: str, option: str, who: str, error: Exception) -> PreflightFinding:
    """The finding of a check that ended with an unexpected error. who: name or address of what was asked."""
    problem = f"asking {who or 'it'} failed: {type(error).__name__}: {masked(str(error)).rstrip('.')}."
    cure = "Correct what answers there, or report this to novafleet.compute with the output of -vvv."
    return PreflightFinding(check, option, problem, cure)


def rows(target: Mapping[str, Any], checks: Iterable[str], outcome: Outcome) -> list[dict[str, str]]:
    """Return the rows of one target.

    Args:
        target: dict with target and variable.
        checks: tuple of names, in the order in which they are made.
        outcome: Outcome.

    Returns:
        list of dict as module preflight documents them; one or more for each check.
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
    """Turn failed rows into messages. A problem that many targets have is reported once.

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
