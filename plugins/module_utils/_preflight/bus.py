# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries on message buses whether they give leases, as roles/services/files/lease.py takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_declarations import (
    ARGUMENT_SPEC as DECLARED_SPEC,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_tls import CertificateUnseen
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_trial import BusSilent, BusTrial
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    Outcome,
    PreflightFinding,
    stopped,
    unexpected,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import Unreachable

CHECKS = ("port", "certificate", "protocol", "login", "virtual_host", "queue")
HOST_ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    address=dict(type="str", required=True),
    port=dict(type="int", default=5672),
    username=dict(type="str", default="guest"),
    password=dict(type="str", required=True, no_log=True),
)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    targets=dict(type="list", elements="str", required=True),
    variable=dict(type="str", default="services_transport_url"),
    service=dict(type="str", required=True),
    hosts=dict(type="list", elements="dict", required=True, options=HOST_ARGUMENT_SPEC),
    virtual_host=dict(type="str", default="/"),
    login_method=dict(type="str", default="AMQPLAIN"),
    tls=dict(type="bool", default=False),
    ca_file=dict(type="path"),
    authority=dict(type="str", default=""),
    ca_in_image=dict(type="bool", default=False),
    verify_name=dict(type="bool", default=True),
    cert_file=dict(type="path"),
    key_file=dict(type="path", no_log=False),
    certificate=dict(type="str", default=""),
    private_key=dict(type="str", default="", no_log=True),
    client_in_image=dict(type="bool", default=False),
    tls_version=dict(type="str", default=""),
    declared=dict(type="list", elements="dict", options=DECLARED_SPEC, default=[]),
)


class Bus:
    """One message bus and login, and the targets whose services use it."""

    checks = CHECKS

    def __init__(self, options: Mapping[str, Any], reported: Collection[tuple[str, int]] = ()):
        """options: as the module preflight documents them; reported: places that another check reports if silent."""
        self.options, self.reported = options, reported
        self.targets = [dict(target=target, variable=options["variable"]) for target in options["targets"]]

    @property
    def places(self) -> list[tuple[str, int]]:
        return [(host["address"], host["port"]) for host in self.options["hosts"]]

    def unreachable(self, reached: Mapping[tuple[str, int], Unreachable | None]) -> Outcome:
        """The outcome where no host takes connections; reached: place -> Unreachable."""
        if set(self.places) <= set(self.reported):
            return Outcome(stopped_at="port", skipped=("port",), reason="No host of the bus answers.")
        dead = "; ".join(
            f"{address} port {port}: {silent.reason}"
            for address, port in self.places
            if (silent := reached[address, port])
        )
        cure = "Correct the URL, or open the way to the bus from this Docker host."
        return stopped(PreflightFinding("port", "", f"no host of the bus answers ({dead}).", cure))

    def late(self, timeout: float) -> Outcome:
        """The outcome where the answers take too long; timeout: seconds."""
        problem = f"the hosts of the bus take connections, but none answers within {timeout} s."
        return stopped(
            PreflightFinding(
                "protocol", "", problem, "Check that RabbitMQ is healthy, or raise services_preflight_timeout."
            )
        )

    def ask(self, timeout: float, reached: Mapping[tuple[str, int], Unreachable | None]) -> list[Outcome]:
        """Outcome of each of its targets, in their order.

        Args:
            timeout: seconds for one host.
            reached: place -> None where connections are taken.
        """
        return [self._outcome(timeout, reached)] * len(self.targets)

    def _outcome(self, timeout: float, reached: Mapping[tuple[str, int], Unreachable | None]) -> Outcome:
        if self.options["tls"] and self.options["client_in_image"]:
            return _skipped("the client's certificate or key is in the image only.")
        skipped = () if self.options["tls"] else ("certificate",)
        silent: PreflightFinding | None = None
        for host in self.options["hosts"]:
            if reached[host["address"], host["port"]] is None:
                try:
                    BusTrial(self.options, host, timeout).run()
                except BusSilent as error:
                    silent = silent or error.finding
                except CheckFailed as failed:
                    return stopped(failed.finding, skipped)
                except CertificateUnseen as error:
                    return _skipped(str(error))
                except Exception as error:
                    return stopped(unexpected("protocol", "", host["address"], error), skipped)
                else:
                    return Outcome(skipped=skipped)
        if silent is None:
            raise AssertionError("None of its hosts takes connections, so unreachable() is asked instead.")
        return stopped(silent, skipped)


def _skipped(reason: str) -> Outcome:
    return Outcome(stopped_at="certificate", skipped=("certificate",), reason=f"Not tried: {reason}")
