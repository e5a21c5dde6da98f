# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps services on one Docker host apart, where nova takes the machine for the service.  Pure.

docs/apart.md lists what nova derives from the machine and says where in its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.rules import is_true
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Driver, Problem

Conf = dict  # section -> option -> list of str, as ini.parse() returns it

# 2024.1: its oslo.messaging is the first (14.7.0) with [oslo_messaging_rabbit] hostname.
FIRST_WITH_QUEUE_MANAGER = 29
RABBIT = "oslo_messaging_rabbit"
# Options of a base file that describe the machine, or the container, that the file was made for.
OF_A_MACHINE = {"DEFAULT": ("backdoor_port", "backdoor_socket", "tempdir"), RABBIT: ("hostname", "processname")}
# The same, unless the hypervisor is the Docker host itself.
OF_ITS_HYPERVISOR = {"DEFAULT": ("instances_path", "my_ip", "my_block_storage_ip", "my_shared_fs_storage_ip")}
# Addresses of a hypervisor that is a Docker host: two with the same one reach each other's guests.
ADDRESSES = (
    ("DEFAULT", "my_ip"),
    ("DEFAULT", "my_block_storage_ip"),
    ("libvirt", "live_migration_inbound_addr"),
    ("serial_console", "proxyclient_address"),
    ("spice", "server_proxyclient_address"),
    ("vnc", "server_proxyclient_address"),
)
EVERY_MACHINES = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::")


class Claim(NamedTuple):
    """Something that one service must have for itself.

    Attributes:
        variable: role variable that sets it.
        value: str, what is claimed.
        problem: str, why two services must not claim the same; "{}" stands for their number.
        cure: str.
        fatal: whether the services certainly collide.
    """

    variable: str
    value: str
    problem: str
    cure: str
    fatal: bool = True


def has_queue_manager(releases: Iterable[str]) -> bool:
    """Whether nova reads C([oslo_messaging_rabbit] hostname).

    Args:
        releases: releases of nova that a service may run, as far as they are known.

    Returns:
        bool: False if all of them are older than 29.0.0 (2024.1).  They would ignore the option.
    """
    known = [int(first) for first in (release.partition(".")[0] for release in releases) if first.isdigit()]
    return not known or max(known) >= FIRST_WITH_QUEUE_MANAGER


def without_machine(base: Conf, local: bool) -> Conf:
    """A base file without the options that describe the machine it was made for.

    Args:
        base: what the file says.
        local: whether the hypervisor is the Docker host, so that its addresses and paths are right for the service.
    """
    dropped = [OF_A_MACHINE] if local else [OF_A_MACHINE, OF_ITS_HYPERVISOR]
    return {
        section: {
            name: values for name, values in options.items() if not any(name in d.get(section, ()) for d in dropped)
        }
        for section, options in base.items()
    }


def removes_images(conf: Conf) -> bool:
    """Whether nova removes cached images that it takes for unused (nova/conf/imagecache.py has two names)."""
    for section in ("image_cache", "DEFAULT"):
        values = conf.get(section, {}).get("remove_unused_base_images")
        if values:
            return is_true(ini.plain(values[-1]))
    return True


def host_of(url: str) -> str:
    """The host that a URL names, without brackets, or "" where it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def claims(driver: Driver, conf: Conf) -> Iterator[Claim]:
    """What a service claims for itself.

    Args:
        driver: of the target.
        conf: its whole nova.conf.
    """

    def value(section: str, option: str) -> str:
        return ini.plain(conf.get(section, {}).get(option, [""])[-1])

    if is_true(value(RABBIT, "use_queue_manager")):
        yield Claim(
            f"services_nova_conf.{RABBIT}.hostname",
            " ".join((value(RABBIT, "hostname"), value(RABBIT, "processname"))).strip(),
            "is the same for {} services, which would take each other's RPC replies.",
            "Leave it out: each service then uses its service host.",
        )
    port = value("DEFAULT", "backdoor_port")
    if port.isdigit() and int(port):
        yield Claim(
            "services_nova_conf.DEFAULT.backdoor_port",
            port,
            "is one port for {} services, and only the first on a Docker host could start.",
            "Write 0, or a range such as 3000:3999.",
        )
    if driver.group == "vcenter" and removes_images(conf):
        yield Claim(
            "services_vcenter.cache_prefix",
            " ".join((value("vmware", "host_ip").lower(), value("vmware", "cache_prefix"))),
            "is the same for {} clusters of a vCenter. On a datastore that they share, "
            "each removes cached images that the others use.",
            "Leave it out: each service then uses its service host.",
            fatal=False,
        )
    if driver.local:
        yield from _addresses(value)


def _addresses(value) -> Iterator[Claim]:
    for section, option in ADDRESSES:
        address = value(section, option)
        if address and "$" not in address and address.lower() not in EVERY_MACHINES:
            yield Claim(
                f"services_nova_conf.{section}.{option}",
                address,
                f"is {address} for {{}} hypervisors.",
                "Set it for each of them, or take it out with null.",
            )


class Claims:
    """Collects the claims of all targets."""

    def __init__(self) -> None:
        self.hosts: dict[Claim, list[str]] = {}

    def add(self, host: str, driver: Driver, conf: Conf) -> None:
        """Take note of what the service of an inventory host claims; the others as claims() has them."""
        for claim in claims(driver, conf):
            self.hosts.setdefault(claim, []).append(host)

    def listed(self) -> list[dict]:
        """All claims as a registered result holds them: dicts of the attributes of a Claim, and its hosts."""
        return [dict(claim._asdict(), hosts=hosts) for claim, hosts in self.hosts.items()]

    def problems(self) -> list[Problem]:
        """Services that certainly collide: one problem for all with the same claim."""
        return [problem for problem, fatal in self._shared() if fatal]

    def warnings(self) -> list[Problem]:
        """Services that may collide, as problems()."""
        return [problem for problem, fatal in self._shared() if not fatal]

    def _shared(self) -> Iterator[tuple[Problem, bool]]:
        for claim, hosts in self.hosts.items():
            if len(hosts) > 1:
                who = f"{hosts[0]} and {len(hosts) - 1} more"
                yield Problem(who, claim.variable, claim.problem.format(len(hosts)), claim.cure), claim.fatal
