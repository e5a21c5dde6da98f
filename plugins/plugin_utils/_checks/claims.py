# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that services claim for themselves, so that two of them must not have the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem, and_more
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import rabbit_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Claim, Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.machine import RABBIT


def claims(driver: Driver, conf: Conf) -> Iterator[Claim]:
    """A value that a service claims for itself.

    Args:
        driver: of the target.
        conf: its whole nova.conf.
    """
    rabbit = _rabbit(conf)
    if ini.is_true(rabbit.get("use_queue_manager", "")):
        yield Claim(
            f"services_nova_conf.{RABBIT}.hostname",
            " ".join((rabbit.get("hostname", ""), rabbit.get("processname", ""))).strip(),
            "is the same for {} services, which would take each other's RPC replies.",
            "Leave it out: each service then uses its service host.",
        )
    port = ini.value(conf, "DEFAULT", "backdoor_port")
    if port.isdigit() and int(port):
        yield Claim(
            "services_nova_conf.DEFAULT.backdoor_port",
            port,
            "is one port for {} services, and only the first on a Docker host could start.",
            "Write 0, or a range such as 3000:3999.",
        )
    yield from driver.claims(conf)


def _rabbit(conf: Conf) -> Mapping[str, str]:
    """Options of RabbitMQ's driver, which the query of the transport URL overrides."""
    try:
        return rabbit_options(conf)
    except ValueError:
        # The check of the bus reports such a URL.
        return {}


class Claims:
    """Collects the claims of all targets."""

    def __init__(self) -> None:
        self.hosts: dict[Claim, list[str]] = {}

    def add(self, host: str, driver: Driver, conf: Conf) -> None:
        """Add the claims of an inventory host's service. The other arguments are those of claims()."""
        for claim in claims(driver, conf):
            self.hosts.setdefault(claim, []).append(host)

    def listed(self) -> list[dict[str, Any]]:
        """All claims in the form of a registered result: dicts of a Claim's attributes and its hosts."""
        return [dict(claim._asdict(), hosts=hosts) for claim, hosts in self.hosts.items()]

    def problems(self) -> list[Problem]:
        """Services that certainly collide: one problem for all services with the same claim."""
        return [problem for problem, fatal in self._shared() if fatal]

    def warnings(self) -> list[Problem]:
        """Services that may collide, in the form of problems()."""
        return [problem for problem, fatal in self._shared() if not fatal]

    def _shared(self) -> Iterator[tuple[Problem, bool]]:
        for claim, hosts in self.hosts.items():
            if len(hosts) > 1:
                problem = claim.problem.format(len(hosts))
                yield Problem(and_more(hosts), claim.variable, problem, claim.cure), claim.fatal
