# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds what users set against what their nova reads: each variable once, however many targets share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import (
    FIRST_WITH_HOST_DOMAIN,
    REFUSED,
    UNKNOWN,
    Literal,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Problem, and_more

OVERRIDES = "services_nova_conf"
# More of what a whole file of somebody else's holds would bury all other words.
MOST_NAMED = 8


class OptionCheck:
    """Collects what is to be said of the options of all targets."""

    def __init__(self, lists):
        """lists: list of NovaOptions, one for each image in use."""
        self.lists, self.known, self.hosts, self.notes = lists, {}, {}, []
        self.base, self.base_refused = {}, {}
        self.overridden = False

    def look(self, host, driver, settings, spec):
        """Judge what one target sets.

        Args:
            host: inventory host.
            driver: Driver.
            settings: Settings of the target, of which those looked at resolve.
            spec: dict, the argument specs of the driver's options.
        """
        self.overridden = self.overridden or any(value for _variable, value in settings.layers(OVERRIDES))
        if not self.lists:
            return
        trusted = settings.get("services_options_known") or ()
        for variable, value, section in _layers(driver, settings):
            for name, finding in self._judged(variable, value, section, spec if section == driver.section else None):
                if not any(fnmatchcase(finding.option, pattern) for pattern in trusted):
                    self.hosts.setdefault((name, finding), []).append(host)

    def look_at_base(self, conf):
        """A whole file may hold what other services read: what nova does not is worth a warning.

        Args:
            conf: dict, section -> option -> list of str.
        """
        self.base = conf
        for listed in self.lists:
            for section, options in conf.items():
                for option, values in options.items():
                    self._base_value(listed, section, option, values)
        for listed in self.lists:
            unknown = sorted(one.option for one in listed.findings(conf) if one.kind == UNKNOWN)
            if unknown:
                more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
                problem = f"nova {listed.release} does not read {', '.join(unknown[:MOST_NAMED])}{more}."
                self.notes.append(
                    Problem("all targets", "services_base_nova_conf", problem, "Let it be if another service does.")
                )

    def _base_value(self, listed, section, option, values):
        several = (listed.about(section, option) or {}).get("multi")
        for one in listed.findings({section: {option: values if several else values[-1]}}):
            if one.kind == REFUSED:
                self.base_refused[section, option] = one

    def look_at_result(self, host, conf):
        """What the base file has and no other layer replaced must be right, too.

        Args:
            host: inventory host.
            conf: dict, section -> option -> list of str: its whole nova.conf.
        """
        for (section, option), finding in self.base_refused.items():
            if conf.get(section, {}).get(option) == self.base[section][option]:
                self.hosts.setdefault((f"services_base_nova_conf.{section}.{option}", finding), []).append(host)

    def release_with_host_domain(self, driver):
        """Release of nova that takes no service host but a HostDomain, "" where none is known to.

        Args:
            driver: Driver, by which the release is guessed where no list tells.
        """
        for listed in self.lists:
            if listed.has_host_domain:
                return listed.release
        return "" if self.lists or driver.group == "xenserver" else f"{FIRST_WITH_HOST_DOMAIN} and newer"

    def problems(self, told=()):
        """What nova would not do as it was meant: list of Problem, one for all targets that share it.

        Args:
            told: set of (host, variable) that something else has been said of.
        """
        return [problem for problem, fatal in self._reports(told) if fatal]

    def warnings(self):
        """What it still does, as problems()."""
        return self.notes + [problem for problem, fatal in self._reports() if not fatal]

    def _reports(self, told=()):
        for (name, finding), every in self.hosts.items():
            hosts = [host for host in every if (host, name) not in told]
            if hosts:
                yield Problem(and_more(hosts), name, finding.problem, finding.cure, tuple(hosts)), finding.fatal

    def _judged(self, variable, value, section, spec):
        """List of (variable with option, Finding) of one layer."""
        key = variable, id(value)
        if key not in self.known:
            # What is no option by the argument specs has been told already.
            given = value if spec is None else {option: one for option, one in value.items() if option in spec}
            layer = {section: _literal(given)} if section else given
            found = [one for listed in self.lists for one in listed.findings(layer)]
            named = [(_name(variable, section, one.option), _with_image(one, section)) for one in found]
            # The value is kept, lest another gets its id.
            self.known[key] = named, value
        return self.known[key][0]


def _layers(driver, settings):
    """Yields (variable, its dict, the section that it stands for or "" where it names them itself)."""
    for variable, value in settings.layers(OVERRIDES):
        if isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values() if one):
            yield variable, value, ""
    placement = settings.get("services_placement")
    if isinstance(placement, Mapping):
        yield "services_placement", placement, "placement"
    for variable, value in settings.layers(driver.variable) if driver.variable else ():
        if isinstance(value, Mapping):
            yield variable, value, driver.section


def _literal(options):
    """The role's own variables are written literally, services_nova_conf is not."""
    return {option: None if value is None else Literal(value) for option, value in options.items()}


def _with_image(finding, section):
    """A section that this collection writes is right, so that another image is the cure."""
    return replace(finding, cure="Use an image of a release that has it.") if finding.option == section else finding


def _name(variable, section, option):
    return variable + option[len(section) :] if section else f"{variable}.{option}"
