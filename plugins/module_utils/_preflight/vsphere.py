# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens sessions on vCenters with pyVmomi. No other file does that."""

from __future__ import annotations

import contextlib
import http.client
import importlib
import inspect
import ssl
import xml.parsers.expat
from collections.abc import Iterator
from typing import Any

# vSphere 5.5: every later server still supports it, and all requests of this file are older.
VERSION = "vim.version.version9"
# Objects in one answer. A vCenter may return fewer, and is then asked for the rest.
PAGE = 5000


def pyvmomi() -> Any:
    """The library. It takes longer to load than all else of a preflight, so it is loaded where a vCenter is asked.

    Raises:
        ImportError: it is missing, or does not fit this Python.
    """
    importlib.import_module("pyVmomi.SoapAdapter")
    return importlib.import_module("pyVmomi")


def missing() -> str | None:
    """Why the library cannot be imported, or None."""
    try:
        pyvmomi()
    except ImportError as error:
        return str(error)
    return None


class NotAVcenter(Exception):
    """The server is not a vCenter. C(str()) says what it is, without a full stop."""


@contextlib.contextmanager
def session(address: str, port: int, account: tuple[str, str], tls: ssl.SSLContext, timeout: float) -> Iterator[Any]:
    """Log in, and log out in every case.

    Args:
        address: name or address; port: TCP port; account: (user, password); tls: ssl.SSLContext.
        timeout: seconds for one answer.

    Yields:
        vim.ServiceInstanceContent

    Raises:
        NotAVcenter, OSError, and the faults of pyVmomi, of which vim.fault.InvalidLogin is one.
    """
    library = pyvmomi()
    stub = library.SoapAdapter.SoapStubAdapter(
        host=address,
        port=port,
        path="/sdk",
        version=VERSION,
        sslContext=tls,
        # Otherwise a thread of the process keeps a connection open.
        connectionPoolTimeout=0,
        **_bounded(library.SoapAdapter.SoapStubAdapter, timeout),
    )
    try:
        content: Any = library.vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
        if content.about.apiType != "VirtualCenter":
            raise NotAVcenter(f"is not a vCenter but {content.about.fullName}")
        content.sessionManager.Login(*account, None)
        try:
            yield content
        finally:
            with contextlib.suppress(Exception):
                content.sessionManager.Logout()
    except OSError:
        # A certificate that is not trusted is a ValueError as well.
        raise
    except (http.client.HTTPException, xml.parsers.expat.ExpatError, AttributeError, TypeError, ValueError) as error:
        raise NotAVcenter(f"the server that answers is not a vCenter ({type(error).__name__})") from error
    finally:
        stub.DropConnections()


def _bounded(stub: Any, timeout: float) -> dict[str, float]:
    """Options of a stub's class that limit the time for an answer.

    Debian 12's pyVmomi (6.7) has none, so only at_once() limits it there.
    """
    known = inspect.signature(stub.__init__).parameters
    return dict(httpConnectionTimeout=timeout) if "httpConnectionTimeout" in known else {}


def objects(content: Any, wanted: Any) -> Iterator[Any]:
    """Objects with their properties, in one request if they fit into a page.

    Args:
        content: vim.ServiceInstanceContent.
        wanted: vmodl.query.PropertyCollector.FilterSpec.

    Yields:
        vmodl.query.PropertyCollector.ObjectContent
    """
    collector, query = content.propertyCollector, pyvmomi().vmodl.query
    page = collector.RetrievePropertiesEx([wanted], query.PropertyCollector.RetrieveOptions(maxObjects=PAGE))
    while page:
        yield from page.objects
        # A vCenter may answer in several parts (config.vpxd.propertyCollector.maxObjects).
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
