# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares options that users set with those that their nova reads. A variable that targets share is checked once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.overrides import VARIABLE, is_sections
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem, and_more
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import (
    REFUSED,
    UNKNOWN,
    Literal,
    NovaOptions,
    OptionFinding,
)

# A whole nova.conf of another tool may have many such options. More of them would hide other warnings.
MOST_NAMED = 8
BASE = "services_base_nova_conf"


class OptionCheck:
    """Collects problems and warnings of the options of all targets."""

    def __init__(self, lists: Sequence[NovaOptions]) -> None:
        """lists: option lists of the images in use."""
        self.lists = lists
        # Value -> its findings, with the value itself.
        self.judged: dict[tuple[str, int], tuple[list[tuple[str, OptionFinding]], Any]] = {}
        self.hosts: dict[tuple[str, OptionFinding], list[str]] = {}
        self.notes: list[Problem] = []
        self.base: Conf = {}
        self.base_refused: dict[tuple[str, str], OptionFinding] = {}
        self.overridden = False

    def look(self, target: TargetToCheck) -> Iterable[Problem]:
        """Check the options of one target. problems() and warnings() return the findings of all targets."""
        self.overridden = self.overridden or any(value for _variable, value in target.settings.layers(VARIABLE))
        if not self.lists:
            return ()
        trusted = target.settings.get("services_options_known") or ()
        for variable, value, section in _layers(target):
            specs = target.option_specs if section == target.driver.section else None
            for name, finding in self._judged(variable, value, section, specs):
                if not any(fnmatchcase(finding.option, pattern) for pattern in trusted):
                    self.hosts.setdefault((name, finding), []).append(target.host)
        return ()

    def look_at_base(self, conf: Conf) -> None:
        """Warn of options in a base file that nova does not read. Other services may read them from the same file.

        Args:
            conf: content of the file.
        """
        self.base = conf
        for listed in self.lists:
            for section, options in conf.items():
                for option, values in options.items():
                    self._base_value(listed, section, option, values)
        for listed in self.lists:
            unknown = sorted(finding.option for finding in listed.findings(conf) if finding.kind == UNKNOWN)
            if unknown:
                more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
                problem = f"nova {listed.release} does not read {', '.join(unknown[:MOST_NAMED])}{more}."
                self.notes.append(Problem("all targets", BASE, problem, "Ignore this if another service reads it."))

    def _base_value(self, listed: NovaOptions, section: str, option: str, values: list[str]) -> None:
        several = (listed.about(section, option) or {}).get("multi")
        for finding in listed.findings({section: {option: values if several else values[-1]}}):
            if finding.kind == REFUSED:
                self.base_refused[section, option] = finding

    def look_at_result(self, host: str, conf: Conf) -> None:
        """Options of the base file that no other layer replaced must be right as well.

        Args:
            host: inventory host.
            conf: its whole nova.conf.
        """
        for (section, option), finding in self.base_refused.items():
            if conf.get(section, {}).get(option) == self.base[section][option]:
                self.hosts.setdefault((f"{BASE}.{section}.{option}", finding), []).append(host)

    def problems(self, told: Collection[tuple[str, str]] = ()) -> list[Problem]:
        """Options that nova would not apply as intended. Targets that share the value have one problem.

        Args:
            told: (host, variable) of other problems.
        """
        return [problem for problem, fatal in self._reports(told) if fatal]

    def warnings(self) -> list[Problem]:
        """Options that nova still applies, in the form of problems()."""
        return self.notes + [problem for problem, fatal in self._reports() if not fatal]

    def _reports(self, told: Collection[tuple[str, str]] = ()) -> Iterator[tuple[Problem, bool]]:
        for (name, finding), every in self.hosts.items():
            hosts = [host for host in every if (host, name) not in told]
            if hosts:
                yield Problem(and_more(hosts), name, finding.problem, finding.cure, tuple(hosts)), finding.fatal

    def _judged(
        self, variable: str, value: Mapping[Any, Any], section: str, specs: Mapping[str, Any] | None
    ) -> list[tuple[str, OptionFinding]]:
        """Yield (variable with option, finding) of one layer."""
        key = variable, id(value)
        if key not in self.judged:
            # The check of argument specs has reported unknown options already.
            given = value if specs is None else {name: option for name, option in value.items() if name in specs}
            layer = {section: _literal(given)} if section else given
            findings = [finding for listed in self.lists for finding in listed.findings(layer)]
            named = [(_name(variable, section, finding.option), _with_image(finding, section)) for finding in findings]
            # The value is kept, so that no other value gets its id.
            self.judged[key] = named, value
        return self.judged[key][0]


def _layers(target: TargetToCheck) -> Iterator[tuple[str, Mapping[Any, Any], str]]:
    """Yield (variable, its dict, its section, or "" if the dict has sections)."""
    settings, driver = target.settings, target.driver
    for variable, value in settings.layers(VARIABLE):
        if is_sections(value):
            yield variable, value, ""
    placement = settings.get("services_placement")
    if isinstance(placement, Mapping):
        yield "services_placement", placement, "placement"
    for variable, value in settings.layers(driver.variable) if driver.variable else ():
        if isinstance(value, Mapping):
            yield variable, value, driver.section


def _literal(options: Mapping[Any, Any]) -> dict[Any, Literal | None]:
    """Values of the role's own variables are written literally. Those of services_nova_conf are not."""
    return {option: None if value is None else Literal(value) for option, value in options.items()}


def _with_image(finding: OptionFinding, section: str) -> OptionFinding:
    """This collection writes the section correctly, so the image is wrong."""
    return replace(finding, cure="Use an image of a release that has it.") if finding.option == section else finding


def _name(variable: str, section: str, option: str) -> str:
    return variable + option[len(section) :] if section else f"{variable}.{option}"
