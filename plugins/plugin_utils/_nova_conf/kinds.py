# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes values of C(services_nova_conf): secrets literally, lists in the form that nova reads. Pure.

The list of an image's options says which ones are secrets, lists or repeated (roles/nova_image/files/nova_options.py).
Without a list, the name of an option decides whether it is a secret, and REPEATED has the repeated options. All other
lists are joined with commas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._secrets import is_secret_name
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions

# The kinds of an option. SECRET may be combined with one of the others. An option of unknown type has none of these.
SECRET, LIST, DICT, MULTI, ONE = "secret", "list", "dict", "multi", "one"
# Options that nova 21 to 34 and their libraries register as MultiOpt, as 'section.option'.
REPEATED = {
    "DEFAULT.reserved_huge_pages",
    "DEFAULT.virt_mkfs",
    "cache.backend_argument",
    "filter_scheduler.available_filters",
    "oslo_messaging_amqp.pre_settled",
    "oslo_messaging_notifications.driver",
    "oslo_policy.policy_dirs",
    "pci.alias",
    "pci.device_spec",
    "pci.passthrough_whitelist",
}


class OptionKinds:
    """Decides how the value of each option is written."""

    def __init__(self, lists: Iterable[NovaOptions] = (), words: Mapping[str, str] | None = None):
        """Arguments:
        lists: option lists of the images in use.
        words: 'section.option' -> kinds that another OptionKinds collected.
        """
        self.lists, self.words = list(lists), dict(words or {})
        self.kinds: dict[tuple[str, str], frozenset[str]] = {}

    def of(self, section: str, option: str) -> frozenset[str]:
        """The kinds of one option."""
        if (section, option) not in self.kinds:
            name = f"{section if section == 'DEFAULT' else section.lower()}.{option}"
            if name not in self.words:
                self.words[name] = " ".join(sorted(self._found(section, option, name)))
            self.kinds[section, option] = frozenset(self.words[name].split())
        return self.kinds[section, option]

    def is_secret(self, section: str, option: str) -> bool:
        """Whether the value of an option is a secret."""
        return SECRET in self.of(section, option)

    def written(self, layer: Mapping[Any, Any]) -> dict[str, dict[str, list[str] | None]]:
        """Write the values of one layer of nova.conf.

        Args:
            layer: section -> option -> YAML value: a text, number, bool, list, dict, or None.

        Returns:
            The same with a list of str for each option, or None if the option must be removed.

        Raises:
            NovaConfError: a secret has a line break.
        """
        return {
            str(section): {
                str(option): self._lines(str(section), str(option), value) for option, value in (options or {}).items()
            }
            for section, options in layer.items()
        }

    def _lines(self, section: str, option: str, value: Any) -> list[str] | None:
        if value is None:
            return None
        words = self.of(section, option)
        write = ini.literal if SECRET in words else str
        if not isinstance(value, (list, tuple)):
            return [write(ini.native(value))]
        texts = [ini.native(item) for item in value]
        if MULTI in words:
            return [write(text) for text in texts] or None
        return [write(text) for text in texts] if ONE in words and texts else [write(",".join(texts))]

    def _found(self, section: str, option: str, name: str) -> set[str]:
        described = [listed.about(section, option) for listed in self.lists if listed.detailed]
        known = [about for about in described if about]
        words = {SECRET} if any(about.get("secret") for about in known) else set()
        if not known and is_secret_name(option):
            words = {SECRET}
        shapes = [_shape(about) for about in known if about.get("type")]
        return words | {shapes[0] if shapes else MULTI if name in REPEATED else LIST}


def secret_options(lists: Iterable[NovaOptions]) -> list[str]:
    """Names of options that are secrets in any section of any list."""
    return sorted({name for listed in lists for name in listed.secrets()})


def _shape(about: Mapping[str, Any]) -> str:
    if about.get("multi"):
        return MULTI
    return about["type"] if about["type"] in (LIST, DICT) else ONE
