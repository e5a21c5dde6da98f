# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One hypervisor of any driver, tried once for all targets that are on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    LibraryMissing,
    Outcome,
    PreflightFinding,
    stopped,
    unexpected,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import Unreachable

# A hypervisor gives many answers. If each needs the whole time-out, it is cut off after this number of time-outs.
ANSWERS = 3


@dataclass(frozen=True)
class PreflightDriver:
    """Description of a nova driver whose hypervisors the preflight asks.

    Attributes:
        name: option of the module preflight, which is a list of targets.
        argument_spec: options of one target, with target, variable, ca_file, authority and ca_in_image.
        checks: their names, in the order in which they are made: name, port, certificate, login, then its own.
        address_option: option of nova's driver that holds the address.
        place: function from a target to (name or address, port).
        access: keys of a target. Targets with the same values of all of them are asked in one session.
        verifies: function from a target to whether there is a certificate that nova verifies.
        ask: function from the options of one target and seconds for one answer to facts, in one session for all
            targets.
            Raises CheckFailed, or LibraryMissing.
        judge: pure function from a target and the facts to Outcome.
    """

    name: str
    argument_spec: Mapping[str, Mapping[str, Any]]
    checks: tuple[str, ...]
    address_option: str
    place: Callable[[Mapping[str, Any]], tuple[str, int]]
    access: tuple[str, ...]
    verifies: Callable[[Mapping[str, Any]], bool]
    ask: Callable[[Mapping[str, Any], float], dict[str, Any]]
    judge: Callable[[Mapping[str, Any], Mapping[str, Any]], Outcome]


def hypervisors(
    driver: PreflightDriver, targets: list[dict[str, Any]], authorities: Mapping[str, str]
) -> list[Hypervisor]:
    """Group targets by hypervisor and account.

    Args:
        driver: of all of them.
        targets: as the module preflight documents them.
        authorities: name that a target's authority has -> certificates in PEM.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for given in targets:
        address, port = driver.place(given)
        authority = authorities.get(given.get("authority") or "", "")
        target = dict(given, authority=authority, address=address, port=port)
        groups.setdefault(tuple(target[key] for key in driver.access), []).append(target)
    return [Hypervisor(driver, members) for members in groups.values()]


class Hypervisor:
    """One hypervisor, and the targets that are on it."""

    def __init__(self, driver: PreflightDriver, targets: list[dict[str, Any]]):
        """Arguments:
        driver: of the hypervisor.
        targets: with address, port and the authority itself. They have the same values of the keys in driver.access.
        """
        self.driver, self.targets, self.options = driver, targets, targets[0]
        self.checks = driver.checks

    @property
    def places(self) -> list[tuple[str, int]]:
        return [(self.options["address"], self.options["port"])]

    def unreachable(self, reached: Mapping[tuple[str, int], Unreachable | None]) -> Outcome:
        """The outcome of its targets if nothing answers. reached: place -> Unreachable."""
        ((address, port),) = self.places
        silent, option = reached[address, port], self.driver.address_option
        if silent is None:
            raise AssertionError(f"{address} takes connections, so it is asked instead.")
        if not address:
            problem, cure = "names no host that can be reached.", "Correct it."
            return stopped(PreflightFinding("name", option, problem, cure))
        if not silent.resolved:
            problem, cure = f"{address} does not resolve: {silent.reason}.", "Correct the name, or make it known here."
            return stopped(PreflightFinding("name", option, problem, cure))
        problem = f"{address} port {port} does not answer: {silent.reason}."
        cure = "Correct it, or open the way to it from this Docker host."
        return stopped(PreflightFinding("port", option, problem, cure))

    def late(self, timeout: float) -> Outcome:
        """The outcome if the answers take too long. timeout: seconds."""
        problem = f"{self.options['address']} answers, but takes more than {ANSWERS} times {timeout} s."
        cure = "Raise services_preflight_timeout."
        return stopped(PreflightFinding("login", self.driver.address_option, problem, cure))

    def ask(self, timeout: float, _reached: Mapping[tuple[str, int], Unreachable | None]) -> list[Outcome]:
        """Outcome of each of its targets, in their order."""
        try:
            facts = self.driver.ask(self.options, timeout)
            return [replace(self.driver.judge(target, facts), skipped=self._unverified) for target in self.targets]
        except LibraryMissing as missing:
            return [self._unasked(missing.finding)] * len(self.targets)
        except CheckFailed as failed:
            return [self._failed(failed.finding)] * len(self.targets)
        except Exception as error:
            # It must not hide what was found of other hypervisors.
            finding = unexpected("login", self.driver.address_option, self.options["address"], error)
            return [self._failed(finding)] * len(self.targets)

    @property
    def _unverified(self) -> tuple[str, ...]:
        return () if self.driver.verifies(self.options) else ("certificate",)

    def _unasked(self, finding: PreflightFinding) -> Outcome:
        """In check mode the library may be missing, because a run would have installed it."""
        if self.options.get("library_to_come"):
            return Outcome(stopped_at=finding.check, skipped=(finding.check,))
        return self._failed(finding)

    def _failed(self, finding: PreflightFinding) -> Outcome:
        """An authority that only the image has was not tried, so its certificates are not reported as wrong."""
        if finding.check == "certificate" and self.options["ca_in_image"]:
            return Outcome(stopped_at="certificate", skipped=("certificate",))
        return stopped(finding, self._unverified)
