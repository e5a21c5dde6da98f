# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates values once that many hosts have from the same place.

Ansible compiles a template again for each host. That takes half a second for the passwords of 300 hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from jinja2 import nodes

# Nodes of Jinja whose value depends only on the variables that they name. They do not include filters, tests and calls:
# a lookup reads other variables, and a filter may return another value each time.
PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Concat,
)
OPENINGS = ("{{", "{%", "{#")


class SharedValues:
    """Caches templated values by the identity of the objects from which they were made.

    Group variables are one object for all hosts of the group, so values with the same objects are common.
    """

    def __init__(self, templar: Any) -> None:
        """templar: templar of any host. It templates values that do not name a variable."""
        self.templar, self.environment = templar, jinja2.Environment()
        # By the id of a value: the variables that it names, or None, and the value itself.
        self.names: dict[int, tuple[frozenset[str] | None, Any]] = {}
        # By the ids of all its sources: the value, and the sources.
        self.values: dict[tuple[int, ...], tuple[Any, dict[int, Any]]] = {}

    def get(self, name: str, raw: Mapping[str, Any], template: Callable[[], Any]) -> Any:
        """Return the value of a variable.

        Args:
            name: the variable.
            raw: all variables of the host, not templated.
            template: function that templates the value with the host's variables.

        Returns:
            the value. It is common to all hosts whose sources of the value are the same objects.

        Raises:
            KeyError: the host has no such variable. Errors of template are raised as well.
        """
        value = raw[name]
        sources: dict[int, Any] = {}
        if not self._collect(value, raw, sources):
            return template()
        key = (id(value), *sorted(sources))
        if key not in self.values:
            made = template() if self._names(value) else self.templar.template(value)
            # The sources are kept, so that no other object gets the id of one.
            self.values[key] = made, sources
        return self.values[key][0]

    def _collect(self, value: Any, raw: Mapping[str, Any], sources: dict[int, Any]) -> bool:
        """Collect the sources of a value by id. Return whether it depends on nothing else."""
        sources[id(value)] = value
        names = self._names(value)
        if names is None:
            return False
        return all(
            name in raw and (id(raw[name]) in sources or self._collect(raw[name], raw, sources))
            for name in sorted(names)
        )

    def _names(self, value: Any) -> frozenset[str] | None:
        """Variables that a value names, or None if it may depend on something else."""
        known = self.names.get(id(value))
        if known is None:
            known = self.names[id(value)] = (self._read(value), value)
        return known[0]

    def _read(self, value: Any) -> frozenset[str] | None:
        if isinstance(value, str):
            return self._template_names(value)
        if isinstance(value, Mapping):
            parts: list[Any] = [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple)):
            parts = list(value)
        else:
            return frozenset()
        names: set[str] = set()
        for part in parts:
            named = self._read(part)
            if named is None:
                return None
            names |= named
        return frozenset(names)

    def _template_names(self, text: str) -> frozenset[str] | None:
        if not any(opening in text for opening in OPENINGS):
            return frozenset()
        try:
            parsed = self.environment.parse(text)
        except jinja2.TemplateError:
            return None
        every = [parsed, *parsed.find_all(nodes.Node)]
        if not all(isinstance(node, PLAIN) for node in every):
            return None
        return frozenset(node.name for node in every if isinstance(node, nodes.Name))
