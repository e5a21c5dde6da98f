# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers that are asked for targets, and the meaning of their errors."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


class DiscoveryError(Exception):
    """The discovery failed or found targets that are not valid, so no inventory may be made of it.

    Attributes:
        problems: list of str, each with the option, the problem and the fix.
    """

    def __init__(self, *problems: str):
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Endpoint:
    """A server that is asked for targets: a vCenter, or a member of a pool.

    Attributes:
        option: its place in the inventory file, such as C(vcenters[0]).
        name: human-readable name.
        address, port: where it listens.
        username, password: as they are in the file. They may be templates or in a vault.
        ca_file: path on the controller, or None for the system's authorities.
        insecure: whether any certificate is accepted.
        timeout: seconds that connecting and each answer may take.
        options: dict, further options of nova's driver for its targets.
    """

    option: str
    name: str
    address: str
    port: int
    username: Any = field(repr=False)
    password: Any = field(repr=False)
    ca_file: str | None = None
    insecure: bool = False
    timeout: float = 30
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """The key in the cache, without the account."""
        return f"{self.name} {self.address}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """The TLS context that verifies its certificate.

        Returns:
            ssl.SSLContext

        Raises:
            DiscoveryError: the certificate authority cannot be read.
        """
        if self.insecure:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            reason = f"{self.option}.ca_file: {self.ca_file} cannot be used: {error.strerror or error}."
            raise DiscoveryError(f"{reason} Name a file with certificates in PEM format.") from error

    def unreachable(self, error: OSError) -> DiscoveryError:
        """Explain an error of the connection.

        Args:
            error: OSError or ssl.SSLError.

        Returns:
            DiscoveryError
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            return DiscoveryError(
                f"{self.option}: the certificate of {self.address} is not trusted: {error.verify_message}. "
                "Set ca_file to the authority that signed it, and address to a name that the certificate has."
            )
        return DiscoveryError(
            f"{self.option}.address: {self.address} port {self.port} does not answer: {error.strerror or error}. "
            "Correct the address, or open the way to it from this controller."
        )

    def refused(self, reason: str) -> DiscoveryError:
        """Explain a refused login.

        Returns:
            DiscoveryError
        """
        return DiscoveryError(
            f"{self.option}.username: {self.address} refuses the login: {reason.rstrip('.')}. "
            "Correct username and password."
        )


def twice(endpoints: Sequence[Endpoint]) -> list[str]:
    """Find endpoints that are in the file twice, by name or address.

    Args:
        endpoints: list of Endpoint.

    Returns:
        list of str
    """
    keys: dict[str, Callable[[Endpoint], Any]] = dict(
        name=lambda endpoint: endpoint.name, address=lambda endpoint: (endpoint.address.lower(), endpoint.port)
    )
    problems = []
    for what, key in keys.items():
        seen: dict[Any, Endpoint] = {}
        for endpoint in endpoints:
            other = seen.setdefault(key(endpoint), endpoint)
            if other is not endpoint:
                cure = "Remove one of them." if what == "address" else "Give each a name of its own."
                problems.append(f"{endpoint.option}.{what}: {other.option} has the same value. {cure}")
    return problems


def short_name(address: str) -> str:
    """A host name without its domain, or an address, in a form that group and host names may have.

    Args:
        address: str.

    Returns:
        str
    """
    if ":" in address:
        return address.replace(":", "-")
    first, _dot, rest = address.partition(".")
    return address if first.isdigit() or not rest else first
