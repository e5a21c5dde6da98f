# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target with the data that checks need."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings


@dataclass(frozen=True)
class Known:
    """Rules that targets are compared with.

    Attributes:
        specs: variable -> argument spec, as roles/services/meta/argument_specs.yml has them.
        renderer: renders the targets' files.
        lists: nova's options in the images in use.
        sound: dicts without a wrong name, by id. Many targets share a dict, and it is the same object for all of them.
    """

    specs: Mapping[str, Mapping[str, Any]]
    renderer: Renderer
    lists: Sequence[NovaOptions] = ()
    sound: dict[int, Mapping[Any, Any]] = field(default_factory=dict)

    def option_specs(self, variable: str) -> Mapping[str, Mapping[str, Any]]:
        """Argument specs of the options in a dict variable."""
        return self.specs.get(variable, {}).get("options", {})

    @cached_property
    def validators(self) -> dict[str, ArgumentSpecValidator]:
        """Argument specs of the options of all drivers, by 'variable.option'.

        Making Ansible's validator takes longer than checking a value.
        """
        return {
            f"{driver.variable}.{name}": ArgumentSpecValidator({name: _plain(spec)})
            for driver in DRIVERS.values()
            for name, spec in self.option_specs(driver.variable).items()
        }


@dataclass(frozen=True)
class TargetToCheck:
    """One target.

    Attributes:
        host: inventory host.
        driver: its driver.
        settings: its variables.
        known: rules that the targets are compared with.
        everybody: variables of the group all, not templated.
    """

    host: str
    driver: Driver
    settings: Settings
    known: Known
    everybody: Mapping[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The service host."""
        return str(self.settings.get("services_host") or self.host)

    @cached_property
    def options(self) -> dict[str, Any]:
        """The driver's own options; empty if a layer of them is not a dict."""
        try:
            return self.settings.combined(self.driver.variable) if self.driver.variable else {}
        except TypeError:
            return {}

    @property
    def option_specs(self) -> Mapping[str, Mapping[str, Any]]:
        """Argument specs of the driver's own options."""
        return self.known.option_specs(self.driver.variable)

    def trusts(self, option: str) -> bool:
        """Whether services_options_known names an option as 'section.option'."""
        return any(fnmatchcase(option, pattern) for pattern in self.settings.get("services_options_known") or ())

    def problem(self, variable: str, problem: str, cure: str) -> Problem:
        """A problem of this target."""
        return Problem(self.host, variable, problem, cure)

    def shared_problem(self, variable: str, problem: str, cure: str) -> Problem:
        """A problem in variables that targets share, so that other targets may have it as well."""
        return Problem(self.host, variable, problem, cure, (self.host,))

    def line_break(self, variable: str, value: Any, shared: bool = False) -> list[Problem]:
        """The problem of a value with a line break; shared: whether targets share the variable."""
        if not re.search("[\r\n]", str(value)):
            return []
        cure = "Remove it: a value that was encrypted from standard input often ends in one."
        report = self.shared_problem if shared else self.problem
        return [report(variable, "holds a line break.", cure)]


def _plain(spec: Mapping[str, Any]) -> dict[str, Any]:
    # ansible-core 2.22 registers values of no_log options as secrets, and masks them in all output.
    return {key: spec[key] for key in ("type", "choices", "elements", "no_log") if key in spec}


def did_you_mean(name: str, known: Collection[str], otherwise: str) -> str:
    """The fix, after the known name that is similar to the given one, if there is one."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]}? {otherwise}" if close else otherwise
