# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova needs of a vCenter: reads all clusters of one in one session, then judges the cluster of each target."""

from __future__ import annotations

import contextlib
import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls as _tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    LibraryMissing,
    Outcome,
    PreflightFinding,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.hypervisor import PreflightDriver
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.vsphere import (
    NotAVcenter,
    missing,
    objects,
    pyvmomi,
    session,
)

CHECKS = ("name", "port", "certificate", "login", "cluster", "hosts", "datastore")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    target=dict(type="str", required=True),
    variable=dict(type="str", default="services_vcenter"),
    address=dict(type="str", required=True),
    port=dict(type="int", default=443),
    username=dict(type="str", required=True),
    password=dict(type="str", required=True, no_log=True),
    ca_file=dict(type="path"),
    authority=dict(type="str", default=""),
    ca_in_image=dict(type="bool", default=False),
    insecure=dict(type="bool", default=False),
    cluster=dict(type="str", required=True),
    datastore_regex=dict(type="str", default=""),
)

PROPERTIES = {
    "ClusterComputeResource": ["name", "host", "datastore"],
    "Datastore": ["name", "summary.accessible", "summary.maintenanceMode", "summary.type"],
}

ADDRESS_OPTIONS = dict(
    address=("host_ip", "Use a name that the certificate is for."),
    trust=(
        "ca_file",
        "Name the certificate of its authority on the controller in services_files, such as {vcenter.pem: "
        "/etc/ssl/vcenter.pem}, and set ca_file to /etc/nova/vcenter.pem; insecure: true accepts any certificate of "
        "any server.",
    ),
)

# The datastores that nova accepts (nova/virt/vmwareapi/constants.py and ds_util.py, _is_datastore_valid).
TYPES = ("VMFS", "NFS", "NFS41", "vsan", "VVOL")
IN_USE = (None, "normal")
MOST_NAMES = 5


def ask(options: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """Read all clusters and datastores that an account sees in one vCenter.

    Args:
        options: dict with address, port, username, password, ca_file, authority, insecure.
        timeout: seconds for one answer.

    Returns:
        dict with
            uuid: of the vCenter instance,
            clusters: list of dict with id, name, hosts (int) and datastores (list of ids),
            datastores: dict, id -> dict with name, type, accessible (bool) and mode.

    Raises:
        LibraryMissing, CheckFailed
    """
    tls = _tls.contexts.get(options["ca_file"], options["insecure"], options.get("authority"))
    _tls.handshake(options["address"], options["port"], tls, timeout, ADDRESS_OPTIONS)
    if missing():
        problem = (
            f"pyVmomi is missing for {sys.executable} on this Docker host, and the preflight needs it to ask a vCenter."
        )
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
def _refusals(username: str) -> Iterator[None]:
    """Turn an error of session() into a CheckFailed that names nova's options."""
    vim, vmodl = pyvmomi().vim, pyvmomi().vmodl
    try:
        yield
    except vim.fault.InvalidLogin as error:
        problem = f"the vCenter refuses the user {username!r} with this password (InvalidLogin)."
        cure = "Correct host_username (with its domain, such as @vsphere.local) or host_password."
        raise CheckFailed("login", "host_password", problem, cure) from error
    except vim.fault.NoPermission as error:
        problem = f"the account lacks the privilege {error.privilegeId}."
        cure = "Give it the role that docs/vcenter.md describes, on the data centre and all below it."
        raise CheckFailed("login", "host_username", problem, cure) from error
    except (vmodl.MethodFault, vmodl.RuntimeFault) as error:
        problem = f"the vCenter fails: {getattr(error, 'msg', None) or type(error).__name__}."
        raise CheckFailed("login", "host_ip", problem, "See the log of its service vpxd.") from error
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        cure = "Check that its service vpxd is healthy and not overloaded."
        raise CheckFailed("login", "host_ip", f"the vCenter stopped answering: {reason}.", cure) from error
    except NotAVcenter as error:
        raise CheckFailed("login", "host_ip", f"{error}.", "Write the name and port of a vCenter.") from error


def _inventory(content: Any) -> dict[str, Any]:
    clusters, datastores = [], {}
    cluster_type = pyvmomi().vim.ClusterComputeResource
    for found in objects(content, _all_below_root(content)):
        properties = {item.name: item.val for item in found.propSet}
        identifier = found.obj._moId
        if isinstance(found.obj, cluster_type):
            clusters.append(_cluster(identifier, properties))
        else:
            datastores[identifier] = _datastore(properties)
    return dict(clusters=clusters, datastores=datastores)


def _cluster(identifier: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return dict(
        id=identifier,
        name=properties.get("name", ""),
        hosts=len(properties.get("host", ())),
        datastores=[reference._moId for reference in properties.get("datastore", ())],
    )


def _datastore(properties: Mapping[str, Any]) -> dict[str, Any]:
    return dict(
        name=properties.get("name", ""),
        type=properties.get("summary.type"),
        accessible=bool(properties.get("summary.accessible")),
        mode=properties.get("summary.maintenanceMode"),
    )


def _all_below_root(content: Any) -> Any:
    """Every cluster and datastore."""
    vim, query = pyvmomi().vim, pyvmomi().vmodl.query.PropertyCollector
    types = [getattr(vim, name) for name in PROPERTIES]
    view = content.viewManager.CreateContainerView(content.rootFolder, types, True)
    members = query.TraversalSpec(name="members", path="view", skip=False, type=vim.view.ContainerView)
    return query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
        propSet=[query.PropertySpec(type=getattr(vim, name), pathSet=paths) for name, paths in PROPERTIES.items()],
    )


def judge(target: Mapping[str, Any], inventory: Mapping[str, Any]) -> Outcome:
    """Find the problems that nova-compute would have. Pure.

    Args:
        target: dict with cluster and datastore_regex.
        inventory: dict, as ask() returns it.

    Returns:
        Outcome
    """
    named = [cluster for cluster in inventory["clusters"] if cluster["name"] == target["cluster"]]
    if len(named) != 1:
        finding = _ambiguous(named) if named else _missing(target, inventory)
        return Outcome((finding,), stopped_at="cluster")
    cluster = named[0]
    return Outcome(
        findings=_findings(target, cluster, inventory["datastores"]),
        stopped_at="" if cluster["hosts"] else "hosts",
        identity=f"vcenter/{inventory['uuid']}/{cluster['id']}",
        called=f"the cluster {cluster['name']!r} ({cluster['id']}) of the vCenter {inventory['uuid']}",
    )


def _missing(target: Mapping[str, Any], inventory: Mapping[str, Any]) -> PreflightFinding:
    names = sorted(cluster["name"] for cluster in inventory["clusters"])
    if not names:
        return PreflightFinding(
            "cluster",
            "cluster_name",
            "the account sees no cluster in the vCenter.",
            "Give it the role that docs/vcenter.md describes, on the data centre and all below it.",
        )
    close = difflib.get_close_matches(target["cluster"], names, n=1)
    cure = (
        f"Did you mean {close[0]!r}?"
        if close
        else f"Write a cluster that the account sees: {_some(list(map(repr, names)))}."
    )
    return PreflightFinding("cluster", "cluster_name", f"the vCenter has no cluster {target['cluster']!r}.", cure)


def _ambiguous(named: list[dict[str, Any]]) -> PreflightFinding:
    """nova uses the one that the vCenter names first (vm_util.get_cluster_ref_by_name)."""
    identifiers = ", ".join(sorted(cluster["id"] for cluster in named))
    problem = f"the vCenter has {len(named)} clusters {named[0]['name']!r} ({identifiers}), and nova uses any of them."
    cure = "Rename all but one, or let the account see only one."
    return PreflightFinding("cluster", "cluster_name", problem, cure)


def _findings(
    target: Mapping[str, Any], cluster: Mapping[str, Any], datastores: Mapping[str, Any]
) -> tuple[PreflightFinding, ...]:
    """Only hosts have datastores."""
    if cluster["hosts"]:
        return tuple(_datastores(target, cluster, datastores))
    problem = f"the cluster {cluster['name']!r} has no host that the account sees."
    return (PreflightFinding("hosts", "cluster_name", problem, "Add a host to it, or name another cluster."),)


def _datastores(
    target: Mapping[str, Any], cluster: Mapping[str, Any], datastores: Mapping[str, Any]
) -> Iterator[PreflightFinding]:
    known = [datastores[identifier] for identifier in cluster["datastores"] if identifier in datastores]
    usable = [datastore for datastore in known if _usable(datastore)]
    pattern = target["datastore_regex"]
    if any(not pattern or re.match(pattern, datastore["name"]) for datastore in usable):
        return
    if pattern and usable:
        names = _some(sorted(repr(datastore["name"]) for datastore in usable))
        problem = f"{pattern!r} matches none of the datastores of the cluster {cluster['name']!r}."
        cure = f"Write an expression that matches the beginning of a name: it has {names}."
    else:
        have = _some(sorted(f"{datastore['name']!r} ({_state(datastore)})" for datastore in known)) or "none"
        problem = f"the cluster {cluster['name']!r} has no datastore that nova can use, but {have}."
        cure = f"Give it one of the types {', '.join(TYPES)} that is accessible and not in maintenance."
    yield PreflightFinding("datastore", "datastore_regex", problem, cure)


def _usable(datastore: Mapping[str, Any]) -> bool:
    return datastore["accessible"] and datastore["mode"] in IN_USE and datastore["type"] in TYPES


def _state(datastore: Mapping[str, Any]) -> str:
    if not datastore["accessible"]:
        return "not accessible"
    return str(datastore["type"]) if datastore["mode"] in IN_USE else str(datastore["mode"])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


DRIVER = PreflightDriver(
    name="vcenter",
    argument_spec=ARGUMENT_SPEC,
    checks=CHECKS,
    address_option="host_ip",
    place=lambda target: (target["address"], target["port"]),
    access=("address", "port", "username", "password", "ca_file", "authority", "ca_in_image", "insecure"),
    verifies=lambda target: bool(target["ca_file"] or target["authority"]) or not target["insecure"],
    ask=ask,
    judge=judge,
)
