# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session on a vCenter, through pyVmomi: the only place that opens one."""

from __future__ import annotations

import contextlib
import http.client
import inspect
import ssl
import xml.parsers.expat
from collections.abc import Iterator
from typing import Any

MISSING: str | None = None
try:
    from pyVmomi import vim, vmodl
    from pyVmomi.SoapAdapter import SoapStubAdapter
except ImportError as error:
    MISSING = str(error)

# vSphere 5.5: every later server still speaks it, and what is asked here is older.
VERSION = "vim.version.version9"
# Objects in one answer; a vCenter may give fewer and is then asked for the rest.
PAGE = 5000


class NotAVcenter(Exception):
    """Something else answers; C(str()) says what, without a dot."""


@contextlib.contextmanager
def session(address: str, port: int, account: tuple[str, str], tls: ssl.SSLContext, timeout: float) -> Iterator[Any]:
    """Log in, and out whatever happens.

    Args:
        address: name or address; port: TCP port; account: (user, password); tls: ssl.SSLContext.
        timeout: seconds for one answer.

    Yields:
        vim.ServiceInstanceContent

    Raises:
        NotAVcenter, OSError, and the faults of pyVmomi, of which vim.fault.InvalidLogin is one.
    """
    stub = SoapStubAdapter(
        host=address,
        port=port,
        path="/sdk",
        version=VERSION,
        sslContext=tls,
        # Else a connection is kept by a thread of the process.
        connectionPoolTimeout=0,
        **_bounded(timeout),
    )
    try:
        content: Any = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
        if content.about.apiType != "VirtualCenter":
            raise NotAVcenter(f"is no vCenter but {content.about.fullName}")
        content.sessionManager.Login(*account, None)
        try:
            yield content
        finally:
            with contextlib.suppress(Exception):
                content.sessionManager.Logout()
    except OSError:
        # A certificate that is not trusted is a ValueError, too.
        raise
    except (http.client.HTTPException, xml.parsers.expat.ExpatError, AttributeError, TypeError, ValueError) as error:
        raise NotAVcenter(f"something answers that is no vCenter ({type(error).__name__})") from error
    finally:
        stub.DropConnections()


def _bounded(timeout: float) -> dict[str, float]:
    """What bounds an answer. Debian 12's pyVmomi (6.7) has nothing for it: at_once() has the last word there."""
    known = inspect.signature(SoapStubAdapter.__init__).parameters
    return dict(httpConnectionTimeout=timeout) if "httpConnectionTimeout" in known else {}


def objects(content: Any, wanted: Any) -> Iterator[Any]:
    """Objects with their properties, in one request as long as a page holds them.

    Args:
        content: vim.ServiceInstanceContent.
        wanted: vmodl.query.PropertyCollector.FilterSpec.

    Yields:
        vmodl.query.PropertyCollector.ObjectContent
    """
    collector = content.propertyCollector
    page = collector.RetrievePropertiesEx([wanted], vmodl.query.PropertyCollector.RetrieveOptions(maxObjects=PAGE))
    while page:
        yield from page.objects
        # A vCenter may answer in several parts (config.vpxd.propertyCollector.maxObjects).
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
