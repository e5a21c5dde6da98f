# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks all targets, so that all problems are reported at once before anything is changed.

read() finds the targets. check() checks their variables and renders each nova.conf once. Each check is a function from
a
target, or from a target and its nova.conf, to problems. A new check is a line in VARIABLES or RENDERED
(docs/development.md).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jinja2
from ansible.errors import AnsibleError
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks import (
    accounts,
    aggregates,
    authorities,
    bus,
    conf,
    files,
    groups,
    names,
    options,
    overrides,
    unique,
    variables,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.claims import Claims
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.endpoints import Endpoints
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.nova_options import OptionCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem, merged
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known, TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf, NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Rendered
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting

# Checks of a target's variables.
VARIABLES: tuple[Callable[[TargetToCheck], Iterable[Problem]], ...] = (
    variables.service_host,
    variables.misspelt,
    variables.of_docker_host,
    variables.simple,
    names.problems,
    options.problems,
    bus.problems,
    accounts.problems,
    overrides.problems,
    files.problems,
    aggregates.problems,
)
# Checks of its nova.conf, if its variables have no problem.
RENDERED: tuple[Callable[[TargetToCheck, Conf], Iterable[Problem]], ...] = (
    conf.service_host,
    conf.driver,
    conf.hypervisor,
    conf.conflicts,
    conf.templates,
    conf.devices,
    conf.encoding,
    authorities.rendered_problems,
    bus.rendered_problems,
    accounts.rendered_problems,
)
# Errors of rendering that mistakes in variables cause.
UNUSABLE = (AnsibleError, AttributeError, KeyError, OSError, TypeError, UnicodeError)
NOT_RENDERED = (NovaConfError, jinja2.TemplateError)


@dataclass
class Checked:
    """Result of the checks of targets.

    Attributes:
        targets: of read(): dicts of target, service, driver, variable, hypervisor, docker_host and local, in order.
        problems: all mistakes.
        warnings: problems that do not forbid a deployment.
        endpoints: addresses that the services need to reach.
        claims: values that services must have for themselves. Targets that are checked elsewhere may claim the same.
        rendered: of check(): target -> its files, also of targets with problems, as far as they can be rendered, so
            that the preflight can ask hypervisors. They must not be used to change anything while there are problems.
        overridden: whether a target sets options of nova, so that the images' lists matter.
    """

    targets: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    endpoints: Endpoints = field(default_factory=Endpoints)
    claims: Claims = field(default_factory=Claims)
    rendered: dict[str, Rendered] = field(default_factory=dict)
    overridden: bool = False


def read(inventory: Inventory, only: Collection[str] | None = None) -> Checked:
    """Read the names of all targets, as far as assigning needs them. Their other variables are not read.

    Problems are those of groups, missing pins, and service hosts and hypervisors that two targets have.

    Args:
        inventory: the targets.
        only: names of the targets that matter, or None for all. Mistakes of the others alone are left out.
    """
    matters = frozenset(inventory.hosts if only is None else only)
    checked = Checked(problems=list(groups.problems(inventory)))
    for host in inventory.hosts:
        drivers = inventory.drivers_of(host)
        if len(drivers) != 1:
            checked.problems.append(groups.not_one(host, drivers, inventory))
            continue
        try:
            row = _row(host, drivers[0], inventory)
        except UndefinedSetting as error:
            checked.problems.append(_unresolved(host, error))
            continue
        checked.targets.append(row)
        if row["local"] and not row["docker_host"]:
            checked.problems.append(groups.no_docker_host(host))
    # The problem of two targets stands at the later one, so the targets that matter come last.
    checked.problems += unique.problems(sorted(checked.targets, key=lambda row: row["target"] in matters))
    left_out = frozenset(inventory.hosts) - matters
    checked.problems = [problem for problem in checked.problems if problem.host not in left_out]
    return checked


def check(inventory: Inventory, known: Known, only: Iterable[str] | None = None) -> Checked:
    """Check targets: their variables, and the nova.conf of each, which is rendered once.

    Args:
        inventory: the targets and their variables.
        known: rules that the targets are compared with. Give its renderer all settings of the files, so that the
            checked files are the delivered files.
        only: names of targets, such as those of one Docker host. The result then has no targets and no problems between
            targets. By default all that read() finds.
    """
    checked = Checked() if only is not None else read(inventory)
    judged = OptionCheck(known.lists)
    judged.look_at_base(known.renderer.base_file)
    problems: list[Problem] = []
    for host in only if only is not None else [row["target"] for row in checked.targets]:
        problems += _check_host(host, inventory, known, judged, checked)
    checked.problems += merged(problems)
    checked.problems += judged.problems({(problem.host, problem.variable) for problem in problems})
    if only is None:
        checked.problems += checked.claims.problems()
    checked.warnings, checked.overridden = judged.warnings(), judged.overridden
    return checked


def _row(host: str, driver: Driver, inventory: Inventory) -> dict[str, Any]:
    settings = inventory.settings_of(host)
    options: dict[str, Any] = {}
    if driver.variable:
        # check() reports a layer that is not a dict.
        with contextlib.suppress(TypeError):
            options = settings.combined(driver.variable)
    docker_host = settings.get("services_docker_host")
    if driver.local and not docker_host:
        docker_host = _only_docker_host(host, inventory)
    return dict(
        target=host,
        service=str(settings.get("services_host") or host),
        driver=driver.name,
        variable=driver.variable,
        hypervisor=docker_host if driver.local else driver.hypervisor(options),
        docker_host=docker_host,
        local=driver.local,
    )


def _only_docker_host(host: str, inventory: Inventory) -> str | None:
    """A hypervisor that is also a Docker host may be in both groups under one name."""
    hosts = inventory.docker_hosts
    if host in hosts:
        return host
    return hosts[0] if len(hosts) == 1 else None


def _unresolved(host: str, error: UndefinedSetting) -> Problem:
    problem = f"cannot be resolved: {error.reason.rstrip('.')}."
    return Problem(host, error.variable, problem, "Define what it refers to.")


def _check_host(
    host: str, inventory: Inventory, known: Known, judged: OptionCheck, checked: Checked
) -> Iterable[Problem]:
    """Return the problems of one target, and add its endpoints, claims and warnings to the report."""
    drivers = inventory.drivers_of(host)
    if len(drivers) != 1:
        return [groups.not_one(host, drivers, inventory)]
    try:
        target = TargetToCheck(host, drivers[0], inventory.settings_of(host), known, inventory.everybody)
    except UndefinedSetting as error:
        return [_unresolved(host, error)]
    # Several checks may report a variable that cannot be resolved.
    told = dict.fromkeys(problem for check in (*VARIABLES, judged.look) for problem in _resolved(check, target))
    rendered = None
    try:
        rendered = checked.rendered[host] = known.renderer.render(target.service, host, target.driver, target.settings)
    except NOT_RENDERED as error:
        if not told:
            told[
                target.problem("services_*", f"cannot be rendered as a nova.conf: {error}.", "Correct the variable.")
            ] = None
    except UndefinedSetting as error:
        told[_unresolved(host, error)] = None
    except UNUSABLE:
        # Another check has reported the mistake in a variable.
        if not told:
            raise
    if rendered and not told:
        return list(_rendered_problems(target, rendered.conf, judged, checked))
    return [*told, *_certain_problems(target, {problem.variable for problem in told}, checked)]


def _resolved(check: Callable[[TargetToCheck], Iterable[Problem]], target: TargetToCheck) -> Iterator[Problem]:
    try:
        yield from check(target)
    except UndefinedSetting as error:
        yield _unresolved(target.host, error)


def _rendered_problems(target: TargetToCheck, made: Conf, judged: OptionCheck, checked: Checked) -> Iterator[Problem]:
    checked.claims.add(target.host, target.driver, made)
    checked.endpoints.add(target.host, [*bus.needs(target, made), *accounts.needs(target, made)])
    judged.look_at_result(target.host, made)
    for check in RENDERED:
        yield from check(target, made)


def _certain_problems(target: TargetToCheck, told: set[str], checked: Checked) -> Iterator[Problem]:
    """Endpoints and claims of a target with problems: one problem must not hide another."""
    with contextlib.suppress(UndefinedSetting):
        checked.endpoints.add(target.host, [*bus.needs(target, None), *accounts.needs(target, None)])
        yield from conf.certain_conflicts(target, told)
        yield from bus.certain_problems(target)
        yield from accounts.certain_problems(target, told)
