# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads, checks and composes transport URLs by the rules of oslo.messaging. Pure.

The form is C(driver://[user:pass@]host:port[,[userN:passN@]hostN:portN]/virtual_host?query)
(oslo_messaging/transport.py, TransportURL.parse).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import (
    is_address,
    not_a_host_domain,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text

# oslo.messaging uses this port with TLS as well (_drivers/impl_rabbit.py).
PORT = 5672
MOST_PORTS = 2**16 - 1
# Drivers that oslo.messaging has had since nova 21. An image's list has precedence.
DRIVERS = ("amqp", "fake", "kafka", "kombu", "rabbit")
# Drivers whose servers listen on PORT. The others are not tried.
AMQP = ("amqp", "kombu", "rabbit")
# Drivers of RabbitMQ. Only RabbitMQ can give a lease.
RABBITMQ = ("kombu", "rabbit")
# oslo.messaging uses guest if there is no account (_drivers/impl_rabbit.py, through kombu).
GUEST = "guest"
FORM = "Write rabbit://user:password@host:5672/virtual_host."
ENCODE = (
    "In user and password, percent-encode '@', '#', '?', ',', '[' and ']', or give the URL in parts: hosts, username, "
    "password."
)
SLASH = "has a '/' in a user or password. oslo.messaging passes it on unencoded, so that nova-compute ends."
CHANGE = "Use one without '/': percent-encoding does not help."
# oslo.messaging decodes a virtual host, and writes it to a URL for kombu without encoding it again
# (_drivers/impl_rabbit.py, _transform_transport_url). For kombu these characters end the virtual host. kombu decodes
# the rest once more (utils/url.py, connection.py).
ENDS_VIRTUAL_HOST = "#;?"
TWICE = "Percent-encode these in it twice, such as %253F for '?', or give the URL in parts: virtual_host."
PARTS = ("driver", "hosts", "password", "port", "query", "username", "virtual_host")


class TransportUrlError(ValueError):
    """The URL is missing, or oslo.messaging would not read it as intended. The error never shows the URL, a secret.

    Attributes:
        problem: the problem, a sentence without its subject.
        cure: a sentence.
    """

    def __init__(self, problem: str, cure: str = FORM):
        super().__init__(f"{problem} {cure}")
        self.problem, self.cure = problem, cure


def endpoints(url: str, drivers: Iterable[str] = ()) -> list[tuple[str, int]]:
    """Return the addresses that a transport URL names.

    Args:
        url: the URL.
        drivers: drivers of the image's oslo.messaging, if they are known.

    Returns:
        list of (host, port). Empty for drivers of other servers than RabbitMQ.

    Raises:
        TransportUrlError
    """
    if not url:
        raise TransportUrlError("is missing.")
    driver, separator, _rest = url.partition("://")
    known = list(drivers) or list(DRIVERS)
    base = driver.lower().partition("+")[0]
    if not separator or not driver:
        raise TransportUrlError("does not begin with a driver such as rabbit://.")
    if base not in known:
        raise TransportUrlError(f"does not begin with a driver of oslo.messaging ({', '.join(known)}).")
    if base == "fake" or "+" in driver:
        return []
    parts = _split(url)
    if base in RABBITMQ:
        _refuse_virtual_host(parts)
    hosts = _hosts(parts)
    return hosts if base in AMQP else []


def is_rabbitmq(url: str) -> bool:
    """Whether a transport URL names RabbitMQ's driver."""
    return url.partition("://")[0].lower() in RABBITMQ


def logins(url: str) -> list[dict[str, Any]]:
    """Return each RabbitMQ host that a transport URL names, with the account there.

    Args:
        url: a URL that endpoints() accepts.

    Returns:
        list of dict with address, port, username and password.
    """
    accounts = []
    for part, (host, port) in zip(urlsplit(url).netloc.split(","), endpoints(url)):
        username, _colon, password = part.rpartition("@")[0].partition(":")
        accounts.append(
            dict(address=host, port=port, username=unquote(username) or GUEST, password=unquote(password) or GUEST)
        )
    return accounts


def virtual_host(url: str) -> str:
    """The virtual host of a transport URL. oslo.messaging and kombu each decode it once."""
    return unquote(unquote(urlsplit(url).path[1:])) or "/"


def queries(url: str) -> dict[str, list[str]]:
    """Options of the driver that a transport URL overrides in its query: name -> texts. The last text counts."""
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TransportUrlError("has brackets that do not belong to an IPv6 address.", ENCODE) from error
    if "#" in url:
        raise TransportUrlError("has a '#'. oslo.messaging ignores everything after it.", ENCODE)
    if "@" in parts.path or "@" in parts.query:
        raise TransportUrlError("has an '@' after the hosts.", ENCODE)
    return parts


def _refuse_virtual_host(parts: SplitResult) -> None:
    if any(character in unquote(parts.path) for character in ENDS_VIRTUAL_HOST):
        raise TransportUrlError("names a virtual host with a '#', ';' or '?'. nova ends the virtual host there.", TWICE)
    if parts.query and not all("=" in option for option in parts.query.split("&") if option):
        problem = "has a '?' without option=value after it, so that nova reads the text before it as the virtual host."
        raise TransportUrlError(problem, TWICE)


def _hosts(parts: SplitResult) -> list[tuple[str, int]]:
    hosts = parts.netloc.split(",")
    if len({("@" in host, ":" in host.rpartition("@")[0]) for host in hosts}) > 1:
        problem = "has an account for only some of its hosts. oslo.messaging uses guest for the others."
        raise TransportUrlError(problem, "Write user:password@ before each host. " + ENCODE)
    return [_address(*host.rpartition("@")) for host in hosts]


def _address(account: str, _at: str, address: str) -> tuple[str, int]:
    if re.search(r"[@\[\]]", account):
        raise TransportUrlError("has an '@', '[' or ']' in a user or password.", ENCODE)
    if account != account.lstrip():
        raise TransportUrlError("has a blank before a user.", "Remove it, or percent-encode it as %20.")
    if "/" in unquote(account):
        raise TransportUrlError(SLASH, CHANGE)
    match = re.fullmatch(r"(?:\[([^]]*)\]|([^:]*))(?::(\d+))?", address)
    bare = is_address(address, 6)
    host = address if bare else (match[1] or match[2]) if match else ""
    port = int(match[3] or PORT) if match and not bare else PORT
    wrong_host = not is_address(host, 6) if match and match[1] else bool(not_a_host_domain(host))
    if not host or wrong_host or not 0 < port <= MOST_PORTS:
        raise TransportUrlError("does not name a host, or its port is not a number.", f"{FORM} {ENCODE}")
    return host, port


def url_of(value: Any) -> str:
    """Return the transport URL that a variable has or describes.

    Args:
        value: the URL, or its parts as a dict with PARTS. part_problems() must accept the parts.

    Returns:
        The URL with all parts percent-encoded, or "" if there is none.
    """
    if not isinstance(value, Mapping):
        return str(value or "")
    account = f"{_encoded(value['username'])}:{_encoded(value.get('password'))}@" if value.get("username") else ""
    hosts = ",".join(account + _with_port(str(host), value.get("port")) for host in value.get("hosts") or ())
    driver = value.get("driver") or "rabbit"
    path = _encoded_virtual_host(str(value.get("virtual_host") or "/"), driver)
    given = value.get("query") or {}
    options = {name: ini.native(option) for name, option in given.items() if option is not None}
    query = urlencode(options, quote_via=quote)
    return f"{driver}://{hosts}/{path}" + (f"?{query}" if query else "")


def _encoded_virtual_host(name: str, driver: str) -> str:
    """Encoded once more if kombu would not read the same as oslo.messaging."""
    if name == "/":
        return ""
    misread = unquote(name) != name or any(character in name for character in ENDS_VIRTUAL_HOST)
    return _encoded(_encoded(name) if misread and driver.lower() in RABBITMQ else name)


def _encoded(text: Any) -> str:
    return quote(str("" if text is None else text), safe="")


def _with_port(host: str, port: Any) -> str:
    if is_address(host, 6):
        host = f"[{host}]"
    return host if re.search(r"(^|[^:\[]|\]):\d+$", host) and not host.endswith("]") else f"{host}:{port or PORT}"


def part_problems(parts: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Find the problems of a transport URL that is given in parts.

    Args:
        parts: dict with PARTS.

    Yields:
        (part, or "" for the whole; problem; fix). None of them shows a secret.
    """
    for name in sorted(set(map(str, parts)) - set(PARTS)):
        close = difflib.get_close_matches(name, PARTS, n=1)
        yield (
            name,
            "is not a part of a transport URL.",
            f"Did you mean {close[0]}?" if close else f"Use {', '.join(PARTS)}.",
        )
    for name in ("driver", "username", "password", "virtual_host"):
        yield from _text_problems(name, parts.get(name), name in parts)
    for given, needed in (("username", "password"), ("password", "username")):
        if parts.get(given) and not parts.get(needed):
            yield needed, "is missing.", f"Set it: there is a {given}."
    yield from _host_problems(parts.get("hosts"))
    port = parts.get("port")
    if port is not None and not (re.fullmatch(r"\d+", str(port)) and 0 < int(port) <= MOST_PORTS):
        yield "port", "is not a port.", f"Write a number from 1 to {MOST_PORTS}, or leave it out for {PORT}."
    yield from _query_problems(parts.get("query") or {})


def _text_problems(name: str, value: Any, given: bool) -> Iterator[tuple[str, str, str]]:
    if not given:
        return
    if not_text(value):
        yield name, "is not a text.", not_text(value)
    elif name in ("username", "password") and "/" in str(value):
        yield name, "has a '/'. oslo.messaging passes it on unencoded, so that nova-compute ends.", CHANGE
    elif re.search("[\r\n]", str(value)):
        yield (
            name,
            "holds a line break.",
            "Remove it: a value that was encrypted from standard input often ends in one.",
        )


def _query_problems(query: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(query, Mapping):
        yield "query", "is not a dict.", "Write option: value pairs, such as ssl: true."
        return
    for name, value in query.items():
        if isinstance(value, (Mapping, list, tuple)) or not isinstance(name, str):
            yield f"query.{name}", "is not a name with one value.", "Write option: value pairs, such as ssl: true."


def _host_problems(hosts: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(hosts, (list, tuple)) or not hosts:
        yield (
            "hosts",
            "is not a list of hosts.",
            "Write a list of names or addresses, each with :port if it differs.",
        )
        return
    for host in hosts:
        if not_text(host):
            yield "hosts", f"{host} is not a host.", not_text(host)
            continue
        try:
            _address("", "", _with_port(str(host), None))
        except TransportUrlError:
            yield "hosts", f"{str(host)!r} is not a host.", "Write a name or an address, with :port if it differs."
