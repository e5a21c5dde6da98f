# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes Settings of targets from Ansible's variables. No other file depends on how Ansible stores them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.text.converters import to_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import PREFIX, Settings
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.shared_values import SharedValues


class LazyVariables(Mapping[str, Any]):
    """Variables that are templated when they are read."""

    raw: Mapping[str, Any]

    def __contains__(self, name: object) -> bool:
        return name in self.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


class RoleVariables(LazyVariables):
    """The role's variables. They are templated when they are read, because most targets read only a few."""

    def __init__(self, templar: Any, task_vars: Mapping[str, Any]) -> None:
        self.templar = templar
        self.raw = {name: value for name, value in task_vars.items() if name.startswith(PREFIX)}
        self.done: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.done:
            self.done[name] = self.templar.template(self.raw[name])
        return self.done[name]


class TargetVariables(LazyVariables):
    """A target's variables. They are templated when they are read, and once for all targets that share them."""

    def __init__(self, host: str, hostvars: Any, common: SharedValues) -> None:
        """hostvars: Ansible's HostVars."""
        self.host, self.hostvars, self.common = host, hostvars, common
        self.raw = hostvars.raw_get(host)
        self.own: Mapping[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        return self.common.get(name, self.raw, lambda: self._templated(name))

    def _templated(self, name: str) -> Any:
        if self.own is None:
            self.own = self.hostvars[self.host]
        return self.own[name]


def inventory(templar: Any, task_vars: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Inventory:
    """The inventory as an action plugin sees it.

    Args:
        templar: of the action plugin.
        task_vars: of the action plugin.
        names: driver -> inventory group, for groups that do not have the driver's name.
    """
    everybody = variables_of_all(task_vars["hostvars"])
    # Ansible collects a host's variables again each time they are requested.
    settings = functools.cache(settings_of(templar, task_vars))
    return Inventory(task_vars["groups"], settings, names or {}, everybody)


def settings_of(templar: Any, task_vars: Mapping[str, Any]) -> Callable[[str], Settings]:
    """Return a function from inventory host to Settings. The arguments are those of inventory()."""
    shared, hostvars, common = RoleVariables(templar, task_vars), task_vars["hostvars"], SharedValues(templar)
    return lambda host: Settings(TargetVariables(host, hostvars, common), shared)


def variables_of_all(hostvars: Any) -> Mapping[str, Any]:
    """The variables of the group all, not templated. The implicit localhost has the same ones.

    Args:
        hostvars: Ansible's HostVars.
    """
    return variables_of(hostvars, "localhost")


def variables_of(hostvars: Any, host: str) -> Mapping[str, Any]:
    """The variables of a host, not templated.

    Args:
        hostvars: Ansible's HostVars.
        host: of the inventory.
    """
    read = getattr(hostvars, "raw_get", None)
    variables = read(host) if read else {}
    return variables if isinstance(variables, Mapping) else {}


def renderer(options: Mapping[str, Any], loader: Any, kinds: OptionKinds | None = None) -> Renderer:
    """Make a Renderer for the option nova_conf of the module containers.

    Args:
        options: with templates and, optionally, base, defaults, option_kinds, files and releases.
        loader: Ansible's DataLoader, which decrypts a base file that is in a vault.
        kinds: decides how values are written. Without it, option_kinds decides.

    Raises:
        NovaConfError: the base file is not a nova.conf.
        AnsibleError: a file cannot be read.
    """
    base, read = options.get("base"), _reader(loader)
    kinds = kinds or OptionKinds(words=options.get("option_kinds"))
    common = {name: read(path) for name, path in sorted((options.get("files") or {}).items())}
    return Renderer(
        options["templates"],
        read(base) if base else "",
        read,
        options.get("defaults"),
        kinds=kinds,
        common=common,
        releases=options.get("releases") or (),
    )


def _reader(loader: Any) -> Callable[[str], str]:
    """Reads each file once, even if many targets have it. A vault is decrypted in memory, never on disk."""

    @functools.cache
    def read(path: str) -> str:
        # Ansible has no public way to read the plain bytes. get_real_file() writes a decrypted copy to /tmp.
        return to_text(loader._get_file_contents(path)[0], errors="strict")

    return read
