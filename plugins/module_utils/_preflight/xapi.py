# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens sessions on XenServers: XML-RPC with the standard library only. No other file does that."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import xml.parsers.expat
import xmlrpc.client
from collections.abc import Iterable
from typing import Any

ORIGINATOR = "novafleet"
# The version argument of session.login_with_password. XenAPI ignores it.
API_VERSION = "2.1"

# Errors that are raised if the server is not a XenServer.
NOT_A_XENSERVER = (
    xmlrpc.client.Error,
    xml.parsers.expat.ExpatError,
    http.client.HTTPException,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


class XapiError(Exception):
    """A XenServer answered with a failure. code is XenAPI's, details are its further values."""

    def __init__(self, description: Iterable[Any]):
        code, *details = map(str, description)
        super().__init__(" ".join([code, *details]))
        self.code, self.details = code, details


class _Http(xmlrpc.client.Transport):
    """Limits how long xmlrpc.client waits, which has no time-out of its own."""

    def __init__(self, seconds: float):
        super().__init__()
        self.seconds = seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = self.seconds
        return connection


class _Https(xmlrpc.client.SafeTransport):
    """The same transport with TLS."""

    def __init__(self, seconds: float, context: ssl.SSLContext):
        super().__init__(context=context)
        self.seconds = seconds

    def make_connection(self, host: Any) -> http.client.HTTPSConnection:
        connection = super().make_connection(host)
        connection.timeout = self.seconds
        return connection


class XapiSession:
    """One session on one XenServer. It is a context manager."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, timeout: float):
        """Arguments:
        url: of the XenServer.
        tls: None for a URL without TLS.
        timeout: seconds for one answer.
        """
        transport = _Https(timeout, tls) if tls else _Http(timeout)
        self.proxy = xmlrpc.client.ServerProxy(url, transport=transport)
        self.handle: str | None = None

    def login(self, username: str, password: str) -> None:
        """Log in. Raises XapiError if the XenServer refuses, OSError, or one of NOT_A_XENSERVER."""
        self.handle = self._request("session.login_with_password", username, password, API_VERSION, ORIGINATOR)

    def call(self, method: str, *params: Any) -> Any:
        """Call a method and return XenAPI's value. Raises the same errors as login()."""
        return self._request(method, self.handle, *params)

    def _request(self, method: str, *params: Any) -> Any:
        answer = getattr(self.proxy, method)(*params)
        if answer["Status"] != "Success":
            raise XapiError(answer["ErrorDescription"])
        return answer["Value"]

    def __enter__(self) -> XapiSession:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(Exception):
            if self.handle:
                self.call("session.logout")
        self.proxy("close")()
