# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the addresses out of an oslo.messaging transport URL."""

from __future__ import annotations

# IANA: amqp and amqps.
PORT, TLS_PORT = 5672, 5671


class TransportUrlError(ValueError):
    """The URL is missing or not of the form that oslo.messaging takes; never holds the URL, which is secret."""


def endpoints(url):
    """Addresses that a transport URL names.

    Args:
        url: str, C(driver://[user:pass@]host:port[,[userN:passN@]hostN:portN]/virtual_host?query)
            (oslo_messaging/transport.py, TransportURL.parse).

    Returns:
        list of (str host, int port); empty for drivers other than RabbitMQ.

    Raises:
        TransportUrlError
    """
    driver, found, rest = (url or "").partition("://")
    if not url:
        raise TransportUrlError("is missing")
    if not found or not driver:
        raise TransportUrlError("does not begin with a driver such as rabbit://")
    if driver not in ("rabbit", "amqp"):
        return []
    hosts, _slash, tail = rest.partition("/")
    default = TLS_PORT if "ssl=1" in tail.lower() or "ssl=true" in tail.lower() else PORT
    return [_address(part.rpartition("@")[2], default) for part in hosts.split(",")]


def _address(text, default):
    if text.startswith("["):
        host, _bracket, port = text[1:].partition("]")
        port = port.lstrip(":")
    else:
        host, _colon, port = text.partition(":")
    if not host or (port and not (port.isdigit() and 0 < int(port) < 2**16)):
        raise TransportUrlError("names no host, or a port that is none (percent-encode '/', '@' and ':' in passwords)")
    return host, int(port or default)
