# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugins share that asks nobody anything: whom to ask, what to choose, what to refuse."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field

from ansible_collections.novafleet.compute.plugins.module_utils._contract import NEXT_SUFFIX, SERVICE_NAME


class DiscoveryError(Exception):
    """What was found, or could not be, must not become an inventory.

    Attributes:
        problems: list of str, each with the option, the problem and the cure.
    """

    def __init__(self, *problems):
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Endpoint:
    """Something that is asked for targets: a vCenter, or a member of a pool.

    Attributes:
        option: where it stands in the inventory file, such as C(vcenters[0]).
        name: what people call it.
        address, port: where it listens.
        username, password: as they are in the file, which may be templates or in a vault.
        ca_file: path on the controller, or None for the system's authorities.
        insecure: whether any certificate is accepted.
        timeout: seconds that connecting and each answer may take.
        options: dict, further options of nova's driver for its targets.
    """

    option: str
    name: str
    address: str
    port: int
    username: object = field(repr=False)
    password: object = field(repr=False)
    ca_file: str | None = None
    insecure: bool = False
    timeout: float = 30
    options: dict = field(default_factory=dict, repr=False)

    @property
    def key(self):
        """What it is cached under; nothing of its account."""
        return f"{self.name} {self.address}:{self.port}"

    def context(self):
        """How its certificate is verified.

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

    def unreachable(self, error):
        """What an error of the connection means.

        Args:
            error: OSError or ssl.SSLError.

        Returns:
            DiscoveryError
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            return DiscoveryError(
                f"{self.option}: the certificate of {self.address} is not trusted: {error.verify_message}. "
                "Set ca_file to the authority that signed it, and address to a name that it is for."
            )
        return DiscoveryError(
            f"{self.option}.address: {self.address} port {self.port} does not answer: {error.strerror or error}. "
            "Correct the address, or open the way to it from this controller."
        )

    def refused(self, reason):
        """The account may not log in.

        Returns:
            DiscoveryError
        """
        return DiscoveryError(
            f"{self.option}.username: {self.address} refuses the login: {reason.rstrip('.')}. "
            "Correct username and password."
        )


@dataclass
class Target:
    """One inventory host to be.

    Attributes:
        host: inventory name.
        endpoint: Endpoint that knows it.
        place: what it is, for messages.
        facts: dict, its variables for grouping.
        options: dict, options of nova's driver.
    """

    host: str
    endpoint: Endpoint
    place: str
    facts: dict
    options: dict


class Selection:
    """Names that match an included pattern and no excluded one."""

    def __init__(self, include, exclude):
        """include, exclude: list of str, regular expressions.

        Raises:
            DiscoveryError: some are none.
        """
        problems = []
        self.include = _compiled("include", include, problems)
        self.exclude = _compiled("exclude", exclude, problems)
        if problems:
            raise DiscoveryError(*problems)

    def __call__(self, name):
        included = not self.include or any(one.search(name) for one in self.include)
        return included and not any(one.search(name) for one in self.exclude)


def _compiled(option, patterns, problems):
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            problems.append(f"{option}: {pattern!r} is no regular expression: {error}. Correct it.")
    return compiled


def name_problems(found):
    """What makes the names of targets unfit.

    Args:
        found: list of Target.

    Returns:
        list of str
    """
    problems, places = [], {}
    for target in found:
        if not SERVICE_NAME.fullmatch(target.host) or target.host.endswith(NEXT_SUFFIX):
            problems.append(
                f"hostname: {target.host!r}, for {target.place!r}, is no service host. Use letters, digits, '_', '.' "
                f"and '-', and no {NEXT_SUFFIX} at the end: an expression with regex_replace can see to it."
            )
        places.setdefault(target.host, []).append(target.place)
    for host, several in places.items():
        if len(several) > 1:
            problems.append(
                f"hostname: {host!r} would be the name of {' and of '.join(map(repr, several))}. "
                "Let the expression tell them apart, or choose one of them with include and exclude."
            )
    return problems


def twice(endpoints):
    """Endpoints that are in the file twice, by name or address.

    Args:
        endpoints: list of Endpoint.

    Returns:
        list of str
    """
    problems = []
    for what, value in (("name", lambda one: one.name), ("address", lambda one: (one.address.lower(), one.port))):
        seen = {}
        for one in endpoints:
            other = seen.setdefault(value(one), one)
            if other is not one:
                cure = "Remove one of them." if what == "address" else "Give each a name of its own."
                problems.append(f"{one.option}.{what}: it is that of {other.option} too. {cure}")
    return problems


def short_name(address):
    """A host name without its domain; an address as it is, as a group or host name can hold it.

    Args:
        address: str.

    Returns:
        str
    """
    if ":" in address:
        return address.replace(":", "-")
    first, _dot, rest = address.partition(".")
    return address if first.isdigit() or not rest else first
