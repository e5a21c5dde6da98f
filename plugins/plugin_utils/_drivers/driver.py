# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one of nova's drivers is to this collection: a record, which each driver's own file fills in.  Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf


class OptionConflict(NamedTuple):
    """An option that nova refuses, or that cannot work in a container.

    Attributes:
        option: of the driver's section; one of another section has that in front, with a dot between them.
        problem: what is wrong, a sentence without its subject.
        cure: what to write instead, a sentence.
    """

    option: str
    problem: str
    cure: str


class Claim(NamedTuple):
    """Something that one service must have for itself.

    Attributes:
        variable: role variable that sets it.
        value: what is claimed.
        problem: why two services must not claim the same; "{}" stands for their number.
        cure: what to write instead, a sentence.
        fatal: whether the services certainly collide.
    """

    variable: str
    value: str
    problem: str
    cure: str
    fatal: bool = True


def _nothing(_conf: Conf) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Driver:
    """How nova drives one kind of hypervisor.

    Attributes:
        name: also the inventory group of its targets, unless services_groups names another, and the beginning of its
            template's name.
        compute_driver: nova's [DEFAULT] compute_driver.
        section: section of nova.conf that the driver's own options stand in.
        variable: role variable with these options, or "" where it has none.
        identity: options that together name one hypervisor, each with its default or ""; two targets must not
            share them.
        local: whether the hypervisor is the Docker host itself, so that its service can run nowhere else.
        container: settings of its containers that differ from those of all, as the module containers has them.
        memory_mb: memory that one of its services needs, or None where that is what most services need.
        dense_memory_mb: the same with the density profile.
        last_nova: the last release of nova that has the driver, such as 21, or None while it is maintained.
        node_name: what nova names its compute nodes, where the name alone tells that they are this driver's.
        conflicts: a whole nova.conf to the options in it that exclude each other.
        claims: a whole nova.conf to what the service must have for itself, beside what every service claims.
        request: a nova.conf without wrong options, and the service's container, to what the module preflight shall
            try, or to None where something needed is missing; None where the pre-flight does not ask its hypervisors.
    """

    name: str
    compute_driver: str
    section: str
    variable: str = ""
    identity: tuple[tuple[str, str], ...] = ()
    local: bool = False
    container: Mapping[str, Any] = field(default_factory=dict)
    memory_mb: int | None = None
    dense_memory_mb: int | None = None
    last_nova: int | None = None
    node_name: re.Pattern[str] | None = None
    conflicts: Callable[[Conf], Iterable[OptionConflict]] = _nothing
    claims: Callable[[Conf], Iterable[Claim]] = _nothing
    request: Callable[[Conf, ServiceContainer], dict[str, Any] | None] | None = None

    def option_variable(self, option: str) -> str:
        """The variable that sets an option, named as in a OptionConflict."""
        return f"services_nova_conf.{option}" if "." in option else f"{self.variable}.{option}"

    def hypervisor(self, options: Mapping[str, Any]) -> str:
        """What tells one hypervisor from another, or "" where the options do not say.

        Args:
            options: the driver's options.
        """
        parts = [_identity_part(name, str(options.get(name) or default)) for name, default in self.identity]
        return "/".join(parts) if all(parts) else ""


def _identity_part(name: str, value: str) -> str:
    """Addresses have no case; a URI without a host means whichever host it is used on."""
    if name == "cluster_name":
        return value
    return "" if ":///" in value else value.lower().rstrip("/")
