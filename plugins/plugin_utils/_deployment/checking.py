# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks targets with the variables of a Docker host, and makes their files: each nova.conf is rendered once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Checked, check
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds, secret_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Rendered
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import renderer

# What mistakes in variables keep from becoming files.
UNUSABLE = (
    NovaConfError,
    jinja2.TemplateError,
    UndefinedSetting,
    AnsibleError,
    AttributeError,
    KeyError,
    OSError,
    TypeError,
    UnicodeError,
)


# What an image's list of options raises that is damaged, or that another tool made.
NO_LIST = (ValueError, KeyError, TypeError, AttributeError, zlib.error)


@dataclass(frozen=True)
class CheckedTargets:
    """What is to be said of targets, and what later tasks need to render the same files.

    Attributes:
        checked: problems, endpoints, claims and files.
        warnings: what does not stand in the way.
        releases: of nova, in the images in use.
        option_kinds, secret_options: as the option nova_conf of the module containers takes them.
    """

    checked: Checked
    warnings: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    option_kinds: dict[str, str] = field(default_factory=dict)
    secret_options: list[str] = field(default_factory=list)


def check_targets(
    targets: Inventory,
    nova_conf: Mapping[str, Any],
    argument_specs: str,
    images: Sequence[Mapping[str, Any]],
    only: Iterable[str] | None,
    loader: Any,
) -> CheckedTargets:
    """Check the variables of targets, and make their files.

    Args:
        targets: the inventory.
        nova_conf: how files are made, as the module containers takes it.
        argument_specs: path of the role's argument specs.
        images: what the module containers_info returned of the images in use.
        only: names of targets, or None for all.
        loader: of the action plugin.
    """
    images = [_with_readable_options(image) for image in images]
    lists = [NovaOptions.unpack(text) for text in {image["options"]: "" for image in images} if text]
    releases, kinds = [listed.release for listed in lists], OptionKinds(lists)
    try:
        made = renderer(dict(nova_conf, releases=releases), loader, kinds)
    except (NovaConfError, AnsibleError, OSError, UnicodeError) as error:
        checked = Checked(problems=[_unusable_base(nova_conf.get("base"), error)])
    else:
        checked = check(targets, Known(role_specs(argument_specs), made, lists), only)
    warnings = _unchecked(checked, images) + [str(warning) for warning in checked.warnings]
    return CheckedTargets(checked, warnings, releases, kinds.words, secret_options(lists))


def _with_readable_options(image: Mapping[str, Any]) -> Mapping[str, Any]:
    """An image without its list of options if that is not one that this collection makes."""
    if image["options"]:
        try:
            NovaOptions.unpack(image["options"])
        except NO_LIST as error:
            return dict(image, options="", reason=f"its list is not one of role image ({type(error).__name__})")
    return image


def make_files(
    services: Iterable[Mapping[str, Any]], nova_conf: Mapping[str, Any], targets: Inventory, loader: Any
) -> dict[str, Rendered]:
    """The files of services, not checked: target -> Rendered. One with a mistake in its variables is left out."""
    rendered = {}
    try:
        made = renderer(nova_conf, loader)
    except UNUSABLE:
        return {}
    for service in services:
        target, drivers = service["target"], targets.drivers_of(service["target"])
        if len(drivers) == 1:
            try:
                rendered[target] = made.render(service["name"], target, drivers[0], targets.settings_of(target))
            except UNUSABLE:
                # check_targets reports it.
                continue
    return rendered


def role_specs(path: str) -> dict[str, Any]:
    """Variable -> argument spec, of all entry points of a role.

    Args:
        path: of its argument specs.
    """
    # Ansible's own loader notes where each value stands, which takes ten times as long and is of no use here.
    entries = yaml_load(Path(path).read_text(encoding="utf-8"))["argument_specs"]
    return {name: spec for entry in entries.values() for name, spec in entry["options"].items()}


def _unusable_base(path: Any, error: Exception) -> Problem:
    reason = "is not UTF-8" if isinstance(error, UnicodeError) else str(error).splitlines()[0].rstrip(".")
    cure = "Name a readable nova.conf, or leave the variable empty."
    return Problem("all targets", "services_base_nova_conf", f"{path}: {reason}.", cure)


def _unchecked(checked: Checked, images: Iterable[Mapping[str, Any]]) -> list[str]:
    """Images that do not say which options their nova reads, where it matters."""
    without = {image["image"]: image["reason"] for image in images if not image["options"]}
    return [
        f"services_nova_conf is not compared with the options that nova in {image} reads: {reason}."
        for image, reason in sorted(without.items())
        if checked.overridden
    ]
