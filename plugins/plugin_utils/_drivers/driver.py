# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record that describes one of nova's drivers. Each driver's own file makes one. Pure."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import machine
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf


class OptionConflict(NamedTuple):
    """An option that nova refuses, or that cannot work in a container.

    Attributes:
        option: name of an option in the driver's section, or 'section.option' for one of another section.
        problem: the problem, a sentence without its subject.
        cure: the fix, a sentence.
    """

    option: str
    problem: str
    cure: str


class Claim(NamedTuple):
    """A value that one service must have for itself.

    Attributes:
        variable: role variable that sets it.
        value: what is claimed.
        problem: why two services must not claim the same; "{}" stands for their number.
        cure: the fix, a sentence.
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
    """Properties of one of nova's drivers.

    Attributes:
        name: also the inventory group of its targets, unless services_groups names another, and the beginning of its
            template's name.
        compute_driver: nova's [DEFAULT] compute_driver.
        section: section of nova.conf that the driver's own options stand in.
        variable: role variable with these options, or "" if there is none.
        identity: options that together name one hypervisor, each with its default or ""; two targets must not
            share them.
        scope: function from the options in identity to the name of what a service manages, for a driver whose services
            manage many hypervisors, or None. Such a service needs not all of these options.
        overlap: function from two such names to the reason why both services would manage the same hypervisors, the
            end of a sentence, or "". The field is None if only equal names have hypervisors in common.
        many_nodes: whether a service has many compute nodes, which have uuids of their own. nova reads no compute_id
            then.
        local: whether the hypervisor is the Docker host itself, so that its service can run only there.
        container: settings of its containers that differ from those of all, as the module containers documents them.
        memory_mb: MB that one of its services needs, or None if it needs as much as most services.
        dense_memory_mb: MB with the density profile, or None.
        last_nova: the last release of nova that has the driver, such as 21, or None while it is maintained.
        node_name: pattern of nova's names of its compute nodes, if no other driver has such names.
        conflicts: function from a whole nova.conf to the options in it that exclude each other.
        claims: function from a whole nova.conf to the values that the service must have for itself, in addition to
            those that every service claims.
        request: function from a nova.conf without wrong options and the service's container to what the module
            preflight must try. It returns None if a necessary option is missing. The field is None if the preflight
            does not ask hypervisors of this driver.
    """

    name: str
    compute_driver: str
    section: str
    variable: str = ""
    identity: tuple[tuple[str, str], ...] = ()
    scope: Callable[[Mapping[str, Any]], str] | None = None
    overlap: Callable[[str, str], str] | None = None
    many_nodes: bool = False
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
        """The variable that sets an option, which is named as in an OptionConflict."""
        return f"services_nova_conf.{option}" if "." in option else f"{self.variable}.{option}"

    def hypervisor(self, options: Mapping[str, Any]) -> str:
        """The identity of a hypervisor by its options, or "" if they do not have it.

        Args:
            options: the driver's options.
        """
        if self.scope:
            return self.scope(options)
        given = {name: options.get(name) for name, _default in self.identity}
        # 0 is given, too.
        texts = [(name, default if given[name] in (None, "") else str(given[name])) for name, default in self.identity]
        parts = [_identity_part(*pair) for pair in texts]
        return "/".join(parts) if all(parts) else ""

    def shares(self, one: str, other: str) -> bool:
        """Whether two services manage the same hypervisor, by the names that hypervisor() returns."""
        if not (one and other):
            return False
        return bool(self.overlap(one, other)) if self.overlap else one == other


def _identity_part(name: str, value: str) -> str:
    """One spelling for each: addresses ignore case, and a URL names its host by any scheme and path.

    A URI without a host means the host that uses it.
    """
    if name == "cluster_name":
        return value
    if name == "host_port":
        with contextlib.suppress(ValueError):
            return str(int(value))
        return value
    if "://" in value:
        value = machine.host_of(value)
    return one_spelling(value)


def one_spelling(host: str) -> str:
    """One spelling of a host's name or address: names ignore case, and IPv6 has many spellings of one address."""
    text = host.strip().lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
