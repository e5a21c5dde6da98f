# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session on a XenServer: XML-RPC, by the standard library alone. The only place that opens one."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import xml.parsers.expat
import xmlrpc.client
from collections.abc import Iterable
from typing import Any

ORIGINATOR = "novafleet"
# The version that session.login_with_password takes; XenAPI ignores it.
API_VERSION = "2.1"

# What is raised where something else answers than a XenServer.
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
    """A XenServer answered with a failure; code is XenAPI's, details the rest."""

    def __init__(self, description: Iterable[Any]):
        code, *details = map(str, description)
        super().__init__(" ".join([code, *details]))
        self.code, self.details = code, details


class _Http(xmlrpc.client.Transport):
    """Bounds the waits of xmlrpc.client, which has no time-out of its own."""

    def __init__(self, seconds: float):
        super().__init__()
        self.seconds = seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = self.seconds
        return connection


class _Https(xmlrpc.client.SafeTransport):
    """The same with TLS."""

    def __init__(self, seconds: float, context: ssl.SSLContext):
        super().__init__(context=context)
        self.seconds = seconds

    def make_connection(self, host: Any) -> http.client.HTTPSConnection:
        connection = super().make_connection(host)
        connection.timeout = self.seconds
        return connection


class XapiSession:
    """One session on one XenServer, to be used as a context manager."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, timeout: float):
        """url: of the XenServer; tls: None for one without; timeout: seconds for one answer."""
        transport = _Https(timeout, tls) if tls else _Http(timeout)
        self.proxy = xmlrpc.client.ServerProxy(url, transport=transport)
        self.handle: str | None = None

    def login(self, username: str, password: str) -> None:
        """Raises XapiError where the XenServer refuses, and OSError or one of NOT_A_XENSERVER."""
        self.handle = self._request("session.login_with_password", username, password, API_VERSION, ORIGINATOR)

    def call(self, method: str, *params: Any) -> Any:
        """What XenAPI returns. Raises as login() does."""
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
