# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the targets of a Docker host, and makes their files: each nova.conf is rendered once.

The one place of this folder that knows how targets are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
from ansible.errors import AnsibleError
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Check
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds, secret_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import (
    Driver,
    Problem,
    Settings,
    UndefinedSetting,
    drivers_of,
    of_drivers,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import (
    renderer,
    settings_of,
    variables_of_all,
)

# What mistakes in variables keep from becoming files.
UNUSABLE = (
    ini.NovaConfError,
    jinja2.TemplateError,
    UndefinedSetting,
    AnsibleError,
    AttributeError,
    KeyError,
    OSError,
    TypeError,
    UnicodeError,
)


@dataclass(frozen=True)
class TargetFiles:
    """A target whose files could be made.

    Attributes:
        driver: of the target.
        settings: its variables.
        conf: its nova.conf, section -> option -> list of str.
        delivered: name -> text of what it gets beside its nova.conf.
        files: function from the uuid of its compute node, or None, to all of its files with their contents.
    """

    driver: Driver
    settings: Settings = field(repr=False)
    conf: Mapping[str, Mapping[str, list[str]]] = field(repr=False)
    delivered: Mapping[str, str] = field(repr=False)
    files: Callable[[str | None], list[dict[str, Any]]] = field(repr=False)


@dataclass
class CheckedTargets:
    """What is to be said of targets, with everything that their Docker host's variables decide.

    Attributes:
        targets: all of the inventory, as the module check_targets returns them, where names were read.
        problems: mistakes in variables.
        warnings: what does not stand in the way.
        endpoints: addresses that the services need to reach, as the module preflight takes them.
        claims: what services claim for themselves, as a registered result holds it.
        releases: of nova, in the images in use.
        option_kinds, secret_options: as the option nova_conf of the module containers takes them.
        files: target -> TargetFiles, of those whose files could be made.
    """

    targets: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    option_kinds: dict[str, str] = field(default_factory=dict)
    secret_options: list[str] = field(default_factory=list)
    files: dict[str, TargetFiles] = field(default_factory=dict)


def read_targets(templar: Any, task_vars: Mapping[str, Any], groups: Mapping[str, str]) -> CheckedTargets:
    """Read which targets there are, which is all that is needed to assign them.

    Args:
        templar, task_vars: of the action plugin.
        groups: driver -> inventory group, for those that differ from the driver's name.
    """
    check = Check(task_vars["groups"], settings_of(templar, task_vars), {}, None, (), groups, {})
    check.read()
    return CheckedTargets(targets=check.targets, problems=check.problems)


def check_targets(
    names: Sequence[str],
    nova_conf: Mapping[str, Any],
    specs: Mapping[str, Any],
    images: Iterable[Mapping[str, Any]],
    templar: Any,
    task_vars: Mapping[str, Any],
    loader: Any,
) -> CheckedTargets:
    """Check the variables of some targets, and make their files.

    Args:
        names: of the targets.
        nova_conf: as the module containers takes it.
        specs: role variable -> its argument spec.
        images: what the module containers_info returned of the images in use.
        templar, task_vars, loader: of the action plugin.
    """
    images = list(images)
    lists = [NovaOptions.unpack(text) for text in {image["options"]: "" for image in images if image["options"]}]
    releases = [listed.release for listed in lists]
    try:
        made = renderer(dict(nova_conf, releases=releases), loader, OptionKinds(lists))
    except (ini.NovaConfError, AnsibleError, OSError) as error:
        return CheckedTargets(problems=[_base_problem(nova_conf.get("base"), error)])
    _render_once(made)
    settings, groups = settings_of(templar, task_vars), nova_conf.get("groups") or {}
    check = Check(
        task_vars["groups"], settings, specs, made, lists, groups, variables_of_all(task_vars["hostvars"])
    )  # fmt: skip
    check.check(names)
    return CheckedTargets(
        problems=check.problems,
        warnings=_warnings(check, images),
        endpoints=list(check.endpoints.values()),
        claims=check.claims.listed(),
        releases=releases,
        option_kinds=made.kinds.words,
        secret_options=secret_options(lists),
        files=_files_of_all(names, settings, made, of_drivers(task_vars["groups"], groups)),
    )


def make_files(
    names: Iterable[str], nova_conf: Mapping[str, Any], templar: Any, task_vars: Mapping[str, Any], loader: Any
) -> dict[str, TargetFiles]:
    """The files of targets, which nobody checks; those of one with a mistake are left out. Arguments as above."""
    try:
        made = renderer(nova_conf, loader)
    except UNUSABLE:
        return {}
    _render_once(made)
    by_driver = of_drivers(task_vars["groups"], nova_conf.get("groups"))
    return _files_of_all(names, settings_of(templar, task_vars), made, by_driver)


def _files_of_all(
    names: Iterable[str], settings: Callable[[str], Settings], made: Any, by_driver: Mapping[str, list[str]]
) -> dict[str, TargetFiles]:
    every = {name: _files(name, drivers_of(name, by_driver), settings, made) for name in names}
    return {name: found for name, found in every.items() if found}


def _base_problem(base: Any, error: Exception) -> Problem:
    cure = "Name a readable nova.conf, or leave the variable empty."
    reason = str(error).splitlines()[0].rstrip(".")
    return Problem("all targets", "services_base_nova_conf", f"{base}: {reason}.", cure)


def _render_once(made: Any) -> None:
    render, known = made.nova_conf, {}

    def nova_conf(service: str, target: str, driver: Driver, settings: Settings) -> str:
        if target not in known:
            known[target] = render(service, target, driver, settings)
        return known[target]

    made.nova_conf = nova_conf


def _files(
    name: str, drivers: Sequence[Driver], settings_of_target: Callable[[str], Settings], made: Any
) -> TargetFiles | None:
    if len(drivers) != 1:
        return None
    try:
        settings = settings_of_target(name)
        service, driver = str(settings.get("services_host") or name), drivers[0]
        conf = ini.parse(made.nova_conf(service, name, driver, settings))
        return TargetFiles(
            driver,
            settings,
            conf,
            made.delivered(settings),
            lambda compute_id: made.files(service, name, driver, settings, compute_id),
        )
    except UNUSABLE:
        # Which check() has told.
        return None


def _warnings(check: Check, images: Iterable[Mapping[str, Any]]) -> list[str]:
    without = {image["image"]: image["reason"] for image in images if not image["options"]}
    unchecked = [
        f"services_nova_conf is not held against the options that nova in {image} reads: {reason}."
        for image, reason in sorted(without.items())
        if check.options.overridden
    ]
    return unchecked + [str(warning) for warning in check.options.warnings()]
