# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the clusters of a vCenter with one request."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import vsphere
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

with contextlib.suppress(ImportError):  # vsphere.missing() says so.
    from pyVmomi import vim, vmodl

# Properties to read of each type of object. parent has its place.
PROPERTIES = {
    "Folder": ("name", "parent"),
    "Datacenter": ("name", "parent"),
    "ClusterComputeResource": ("name", "parent", "host", "datastore"),
    "HostSystem": ("name",),
    "Datastore": ("name",),
}
# Steps from the root folder to all objects: name -> (type, property, names of the next steps).
STEPS = {
    "folder": ("Folder", "childEntity", ("folder", "datacenter", "hosts", "datastores")),
    "datacenter": ("Datacenter", "hostFolder", ("folder",)),
    "hosts": ("ComputeResource", "host", ()),
    "datastores": ("ComputeResource", "datastore", ()),
}


def fetch(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Ask a vCenter for its clusters.

    Args:
        endpoint: Endpoint with its account in the clear.

    Returns:
        list of dict, as clusters() makes them.

    Raises:
        DiscoveryError: the vCenter cannot be asked.
    """
    missing = vsphere.missing()
    if missing:
        cure = "Install it on the controller: pip install 'pyvmomi>=8.0.1'."
        raise DiscoveryError(f"{endpoint.option}: the Python library pyVmomi cannot be imported: {missing}. {cure}")
    account = endpoint.username, endpoint.password
    try:
        with vsphere.session(endpoint.address, endpoint.port, account, endpoint.context(), endpoint.timeout) as content:
            return clusters(_objects(content))
    except vim.fault.InvalidLogin as error:
        raise endpoint.refused(getattr(error, "msg", None) or "InvalidLogin") from error
    except (vmodl.MethodFault, vmodl.RuntimeFault, vsphere.NotAVcenter) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise DiscoveryError(
            f"{endpoint.option}: {endpoint.address} does not answer as a vCenter: {reason}. "
            "Name a vCenter, and an account that may read all its clusters."
        ) from error
    except OSError as error:
        raise endpoint.unreachable(error) from error


def _objects(content: Any) -> dict[str, dict[str, Any]]:
    """Read all necessary objects with their properties.

    Args:
        content: vim.ServiceInstanceContent.

    Returns:
        dict, managed object id -> dict of its type and properties; objects in these are ids.
    """
    objects = {}
    for answer in vsphere.objects(content, _filter(content.rootFolder)):
        properties = {each.name: _plain(each.val) for each in answer.propSet}
        objects[answer.obj._moId] = dict(properties, type=answer.obj.__class__.__name__.rpartition(".")[2])
    return objects


def _filter(root: Any) -> Any:
    collector = vmodl.query.PropertyCollector
    steps = [
        collector.TraversalSpec(
            name=name,
            type=getattr(vim, kind),
            path=path,
            skip=False,
            selectSet=[collector.SelectionSpec(name=step) for step in further],
        )
        for name, (kind, path, further) in STEPS.items()
    ]
    wanted = [
        collector.PropertySpec(type=getattr(vim, kind), pathSet=list(names), all=False)
        for kind, names in PROPERTIES.items()
    ]
    start = collector.ObjectSpec(obj=root, skip=False, selectSet=steps)
    return collector.FilterSpec(objectSet=[start], propSet=wanted)


def _plain(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [reference._moId for reference in value]
    return str(value) if isinstance(value, str) else value._moId


def clusters(objects: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Describe the clusters of a vCenter from its objects.

    Args:
        objects: dict, managed object id -> dict with type, name, parent, and of clusters host and datastore.

    Returns:
        list of dict by path: raw_name (as the API has it, and nova compares it), cluster, moid, datacenter,
        folder (below the data centre, "" for none), path, hosts, datastores.
    """
    found = [_cluster(moid, thing, objects) for moid, thing in objects.items() if _is_cluster(thing)]
    return sorted(found, key=lambda cluster: cluster["path"])


def _is_cluster(thing: Mapping[str, Any]) -> bool:
    # A name that the account may not read is missing. nova would not find such a cluster either.
    return thing["type"] == "ClusterComputeResource" and "name" in thing


def _cluster(moid: str, cluster: Mapping[str, Any], objects: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    above = _ancestors(cluster, objects)
    kinds = [each["type"] for each in above]
    centre = len(kinds) - 1 - kinds[::-1].index("Datacenter") if "Datacenter" in kinds else -1
    # The folder right below a data centre, and the root folder, are not part of paths that users see.
    below = [_shown(each) for each in above[centre + 2 :]] if centre >= 0 else []
    upto = [_shown(each) for each in above[: centre + 1] if "parent" in each] if centre >= 0 else []
    name = _shown(cluster)
    return dict(
        raw_name=cluster["name"],
        cluster=name,
        moid=moid,
        datacenter=_shown(above[centre]) if centre >= 0 else "",
        folder="/".join(below),
        path="/" + "/".join([*upto, *below, name]),
        hosts=_names(cluster.get("host"), objects),
        datastores=_names(cluster.get("datastore"), objects),
    )


def _ancestors(thing: Mapping[str, Any], objects: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The folders and the data centre above it, the outermost first."""
    above: list[Mapping[str, Any]] = []
    while thing.get("parent") in objects:
        thing = objects[thing["parent"]]
        above.insert(0, thing)
    return above


def _shown(thing: Mapping[str, Any]) -> str:
    """The API writes /, \\ and % in names as %2f, %5c and %25 (vSphere API, ManagedEntity.name)."""
    return unquote(thing.get("name", ""))


def _names(moids: Iterable[str] | None, objects: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted(_shown(objects[moid]) for moid in moids or () if "name" in objects.get(moid, {}))


def within(cluster: Mapping[str, Any], datacenters: list[str], folders: list[str]) -> bool:
    """Whether a cluster is in one of the data centres, and in or below one of the folders. Empty lists include all.

    Args:
        cluster: dict, as clusters() makes it.
        datacenters: list of str.
        folders: list of str, paths below a data centre's top, such as C(Production/East).

    Returns:
        bool
    """
    if datacenters and cluster["datacenter"] not in datacenters:
        return False
    path = cluster["folder"] + "/"
    return not folders or any(path.startswith(folder.strip("/") + "/") for folder in folders)


def ambiguous(option: str, everything: list[dict[str, Any]], chosen: list[dict[str, Any]]) -> list[str]:
    """Find selected clusters whose name another cluster of the vCenter has as well. nova uses the first of them.

    Rule: nova.virt.vmwareapi.vm_util.get_cluster_ref_by_name of nova 34, which only compares names.

    Args:
        option: str, the vCenter's place in the file.
        everything: list of dict, all clusters of the vCenter.
        chosen: list of dict, the selected ones.

    Returns:
        list of str
    """
    paths: dict[str, list[str]] = {}
    for cluster in everything:
        paths.setdefault(cluster["raw_name"], []).append(cluster["path"])
    names = sorted({cluster["raw_name"] for cluster in chosen if len(paths[cluster["raw_name"]]) > 1})
    return [
        f"{option}: {' and '.join(map(repr, paths[name]))} have the same name, and nova finds a cluster by its name. "
        "Rename one of them, or leave the name out with exclude."
        for name in names
    ]
