# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a target, an inventory host that represents one hypervisor. Reading them needs no connection."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "services_"


class UndefinedSetting(Exception):
    """A variable cannot be resolved, because something it refers to does not exist or cannot be read."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable, self.reason = variable, reason


class Settings(Mapping[str, Any]):
    """The variables that a target sees: its own, and below them those of role services.

    Dicts can be spread over inventory levels: C(name) and every variable whose name begins with
    C(name_) are merged in the order of their names.
    """

    def __init__(self, own: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
        """own: the target's variables; shared: the role's, already templated."""
        self.own, self.shared = own, shared
        self.read: dict[str, Any] = {}
        self.names = sorted({name for name in [*own, *shared] if name.startswith(PREFIX)})

    def __getitem__(self, name: str) -> Any:
        # Ansible templates a variable each time it is read, and the templates of nova.conf read it twice.
        if name not in self.read:
            self.read[name] = self._value(name)
        return self.read[name]

    def _value(self, name: str) -> Any:
        source = self.own if name in self.own else self.shared
        try:
            return source[name]
        except KeyError:
            raise
        except Exception as error:
            raise UndefinedSetting(name, (str(error) or type(error).__name__).splitlines()[0]) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def layers(self, name: str) -> list[tuple[str, Any]]:
        """(variable, value) of C(name) and of all C(name_*), lowest first."""
        found = []
        # The names are sorted, so those that begin with this one follow it.
        for known in itertools.islice(self.names, bisect.bisect_left(self.names, name), None):
            if not known.startswith(name):
                break
            if known == name or known[len(name)] == "_":
                found.append((known, self[known]))
        return found

    def combined(self, name: str) -> dict[Any, Any]:
        """The layers of a dict variable as one dict.

        Raises:
            TypeError: a layer is not a dict; args[0] is its variable.
        """
        merged: dict[Any, Any] = {}
        for variable, value in self.layers(name):
            if not isinstance(value, Mapping):
                raise TypeError(variable)
            merged.update(value)
        return merged
