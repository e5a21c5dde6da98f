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
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import (
    NOT_UNICODE,
    not_text,
    not_unicode,
)

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
# urllib drops some of these from a URL, as do libraries of the bus (urllib.parse, _UNSAFE_URL_BYTES_TO_REMOVE).
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LINE_BREAK = "Remove it: a value that was encrypted from standard input often ends in one."
REMOVE = "Remove it: a value that was encrypted from standard input often ends in a line break."
BRACKETS = "Write an IPv6 address in brackets, with the port after them: [2001:db8::1]:5672."
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
    if url != url.strip():
        raise TransportUrlError("begins or ends with a blank.", "Remove it, or percent-encode it as %20.")
    if CONTROL.search(url):
        raise TransportUrlError("has a tab or another control character.", "Remove it, or percent-encode it, as %09.")
    driver, separator, _rest = url.partition("://")
    known = list(drivers) or list(DRIVERS)
    base = driver.lower().partition("+")[0]
    if not separator or not driver:
        raise TransportUrlError("does not begin with a driver such as rabbit://.")
    if base not in known:
        raise TransportUrlError(f"does not begin with a driver of oslo.messaging ({', '.join(known)}).")
    _refuse_driver(driver.lower())
    if base == "fake" or "+" in driver:
        return []
    parts = _split(url)
    if base in RABBITMQ:
        _refuse_virtual_host(parts)
    hosts = _hosts(parts)
    return hosts if base in AMQP else []


def _refuse_driver(driver: str) -> None:
    """kombu gets rabbit as amqp, and other names as they are (_drivers/impl_rabbit.py, _transform_transport_url).

    Of amqp+ssl://bus, it reads ssl://bus as the host.
    """
    if driver == "kombu":
        raise TransportUrlError("begins with kombu://, and kombu has no transport of that name.", "Write rabbit://.")
    if "+" in driver and driver.partition("+")[0] != "kombu":
        problem = f"begins with {driver}://, which is not a driver of oslo.messaging."
        raise TransportUrlError(problem, "For TLS, write rabbit:// and ?ssl=true at the end.")


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
    """Options of the driver that a transport URL overrides in its query: name -> texts."""
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
    if CONTROL.search(unquote(parts.path)):
        problem = "names a virtual host with a control character, such as %0A for a line break."
        raise TransportUrlError(problem, REMOVE)
    _refuse_encoding(parts.path)
    if any(character in unquote(parts.path) for character in ENDS_VIRTUAL_HOST):
        raise TransportUrlError("names a virtual host with a '#', ';' or '?'. nova ends the virtual host there.", TWICE)
    if parts.query and not all("=" in option for option in parts.query.split("&") if option):
        problem = "has a '?' without option=value after it, so that nova reads the text before it as the virtual host."
        raise TransportUrlError(problem, TWICE)


def _refuse_encoding(text: str) -> None:
    """urllib writes a replacement character for bytes that are not UTF-8."""
    try:
        unquote(text, errors="strict")
    except UnicodeDecodeError:
        problem = "has a character that is percent-encoded, but not as UTF-8."
        raise TransportUrlError(problem, "Encode it as UTF-8, such as %C3%A4, or give the URL in parts.") from None


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
    _refuse_encoding(account)
    if re.search("[\r\n]", unquote(account)):
        problem = "has a line break (%0A or %0D) in a user or password."
        raise TransportUrlError(problem, REMOVE)
    if account.endswith(":") and account.count(":") == 1:
        problem = "has a user without a password, so that nova would log in with that of guest."
        raise TransportUrlError(problem, "Write user:password@ before each host.")
    if "/" in unquote(account):
        raise TransportUrlError(SLASH, CHANGE)
    if _may_have_port(address):
        raise TransportUrlError("has an IPv6 address whose end may be a port.", BRACKETS)
    match = re.fullmatch(r"(?:\[([^]]*)\]|([^:]*))(?::(\d+))?", address)
    bare = is_address(address, 6)
    host = address if bare else (match[1] or match[2]) if match else ""
    port = int(match[3] or PORT) if match and not bare else PORT
    wrong_host = not is_address(host, 6) if match and match[1] else bool(not_a_host_domain(host))
    if not host or wrong_host or not 0 < port <= MOST_PORTS:
        raise TransportUrlError("does not name a host, or its port is not a number.", f"{FORM} {ENCODE}")
    return host, port


def _may_have_port(address: str) -> bool:
    """Whether the end of an IPv6 address without brackets looks like a port. nova reads it as part of the address."""
    before, _colon, port = address.rpartition(":")
    return bool(re.fullmatch(r"\d{4}", port)) and is_address(address, 6) and is_address(before, 6)


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
    misread = unquote(name) != name or CONTROL.search(name) or any(one in name for one in ENDS_VIRTUAL_HOST)
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
    driver = parts.get("driver")
    if isinstance(driver, str) and not re.fullmatch(r"[\w+-]*", driver):
        yield "driver", "is not a driver of oslo.messaging.", "Write its name alone, such as rabbit."
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
        yield name, "holds a line break.", LINE_BREAK
    elif not_unicode(value):
        yield name, NOT_UNICODE, "Write it again: YAML reads \\ud800 to \\udfff as a part of a character."


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
        yield from _host_problem(host)


def _host_problem(host: Any) -> Iterator[tuple[str, str, str]]:
    """An account may stand in a host by mistake, so it is not shown then."""
    cure = "Write a name or an address, with :port if it differs."
    if not_text(host):
        shown = "has an item that" if isinstance(host, (Mapping, list, tuple)) else f"{host}"
        yield "hosts", f"{shown} is not a host.", cure if isinstance(host, Mapping) else not_text(host)
    elif re.search("[\r\n]", str(host)):
        yield "hosts", "holds a line break.", LINE_BREAK
    elif "@" in str(host) or "//" in str(host):
        cure = "Write a name or an address alone. The account belongs into username and password."
        yield "hosts", "has an item with more than a host.", cure
    elif _may_have_port(str(host)):
        yield "hosts", f"{str(host)!r} is an IPv6 address whose end may be a port.", BRACKETS
    else:
        try:
            _address("", "", _with_port(str(host), None))
        except TransportUrlError:
            yield "hosts", f"{str(host)!r} is not a host.", cure
