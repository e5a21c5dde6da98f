# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that talks to vCenters, through pyVmomi."""

from __future__ import annotations

import contextlib
import http.client
import inspect
import sys
import xml.parsers.expat

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls as _tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import LibraryMissing, Refused

try:
    from pyVmomi import SoapStubAdapter, vim, vmodl
except ImportError:
    vim = None

# vSphere 5.5: every later server still speaks it, and what is asked here is older.
VERSION = "vim.version.version9"
# Objects in one answer; a vCenter may give fewer and is then asked for the rest.
PAGE = 5000
PROPERTIES = {
    "ClusterComputeResource": ["name", "host", "datastore"],
    "Datastore": ["name", "summary.accessible", "summary.maintenanceMode", "summary.type"],
}

ADDRESS_OPTIONS = dict(
    address=("host_ip", "Use a name that the certificate is for."),
    trust=(
        "ca_file",
        "Name the certificate of its authority on the controller in services_files, such as {vcenter.pem: "
        "/etc/ssl/vcenter.pem}, and set ca_file to /etc/nova/vcenter.pem; insecure: true takes any certificate, and "
        "anybody's.",
    ),
)


class NotAVcenter(Exception):
    """Something else answers; C(str()) says what, without a dot."""


def look(options, timeout):
    """All clusters and datastores that an account sees in one vCenter.

    Args:
        options: dict with address, port, username, password, ca_file, authority, insecure.
        timeout: seconds for one answer.

    Returns:
        dict with
            uuid: of the vCenter instance,
            clusters: list of dict with id, name, hosts (int) and datastores (list of ids),
            datastores: dict, id -> dict with name, type, accessible (bool) and mode.

    Raises:
        LibraryMissing, Refused
    """
    tls = _tls.contexts.get(options["ca_file"], options["insecure"], options.get("authority"))
    _tls.handshake(options["address"], options["port"], tls, timeout, ADDRESS_OPTIONS)
    if vim is None:
        problem = f"pyVmomi is missing for {sys.executable} on this Docker host, and is needed to ask a vCenter."
        cure = (
            "Let the role novafleet.compute.docker_host install it. Or install python3-pyvmomi (Debian, Ubuntu), or "
            "pyvmomi into the virtual environment that ansible_python_interpreter names. Or set services_preflight: "
            "false."
        )
        raise LibraryMissing("login", "", problem, cure)
    account = options["username"], options["password"]
    with _refusals(options["username"]), session(options["address"], options["port"], account, tls, timeout) as content:
        return dict(_inventory(content), uuid=content.about.instanceUuid)


@contextlib.contextmanager
def _refusals(username):
    """What session() raises, as a Refused that names nova's options."""
    try:
        yield
    except vim.fault.InvalidLogin as error:
        problem = f"the vCenter refuses the user {username!r} with this password (InvalidLogin)."
        cure = "Correct host_username (with its domain, such as @vsphere.local) or host_password."
        raise Refused("login", "host_password", problem, cure) from error
    except vim.fault.NoPermission as error:
        problem = f"the account lacks the privilege {error.privilegeId}."
        cure = "Give it the role that docs/vcenter.md describes, on the data centre and all below it."
        raise Refused("login", "host_username", problem, cure) from error
    except (vmodl.MethodFault, vmodl.RuntimeFault) as error:
        problem = f"the vCenter fails: {error.msg or type(error).__name__}."
        raise Refused("login", "host_ip", problem, "See the log of its service vpxd.") from error
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        cure = "See whether its service vpxd is well, or overloaded."
        raise Refused("login", "host_ip", f"the vCenter stopped answering: {reason}.", cure) from error
    except NotAVcenter as error:
        raise Refused("login", "host_ip", f"{error}.", "Write the name and port of a vCenter.") from error


@contextlib.contextmanager
def session(address, port, account, tls, timeout):
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
        content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
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


def _bounded(timeout):
    """What bounds an answer. Debian 12's pyVmomi (6.7) has nothing for it; at_once() has the last word anyway."""
    known = inspect.signature(SoapStubAdapter.__init__).parameters
    return dict(httpConnectionTimeout=timeout) if "httpConnectionTimeout" in known else {}


def objects(content, wanted):
    """Objects with their properties, in one request as long as a page holds them.

    Args:
        content: vim.ServiceInstanceContent.
        wanted: vim.PropertyCollector.FilterSpec.

    Yields:
        vim.PropertyCollector.ObjectContent
    """
    collector = content.propertyCollector
    page = collector.RetrievePropertiesEx([wanted], vim.PropertyCollector.RetrieveOptions(maxObjects=PAGE))
    while page:
        yield from page.objects
        # A vCenter may answer in several parts (config.vpxd.propertyCollector.maxObjects).
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None


def _inventory(content):
    clusters, datastores = [], {}
    for one in objects(content, _all_below_root(content)):
        properties = {item.name: item.val for item in one.propSet}
        identifier = one.obj._moId
        if isinstance(one.obj, vim.ClusterComputeResource):
            clusters.append(_cluster(identifier, properties))
        else:
            datastores[identifier] = _datastore(properties)
    return dict(clusters=clusters, datastores=datastores)


def _cluster(identifier, properties):
    return dict(
        id=identifier,
        name=properties.get("name", ""),
        hosts=len(properties.get("host", ())),
        datastores=[reference._moId for reference in properties.get("datastore", ())],
    )


def _datastore(properties):
    return dict(
        name=properties.get("name", ""),
        type=properties.get("summary.type"),
        accessible=bool(properties.get("summary.accessible")),
        mode=properties.get("summary.maintenanceMode"),
    )


def _all_below_root(content):
    """Every cluster and datastore."""
    query = vim.PropertyCollector
    types = [getattr(vim, name) for name in PROPERTIES]
    view = content.viewManager.CreateContainerView(content.rootFolder, types, True)
    members = query.TraversalSpec(name="members", path="view", skip=False, type=vim.view.ContainerView)
    return query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
        propSet=[query.PropertySpec(type=getattr(vim, name), pathSet=paths) for name, paths in PROPERTIES.items()],
    )
