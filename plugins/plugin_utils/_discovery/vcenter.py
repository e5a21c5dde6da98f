# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clusters of a vCenter: asked in one request, and what follows from the answer."""

from __future__ import annotations

import contextlib
from urllib.parse import unquote

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import vsphere
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import DiscoveryError

with contextlib.suppress(ImportError):  # vsphere.MISSING says so.
    from pyVmomi import vim, vmodl

# What is asked of each type of object; its parent tells where it is.
PROPERTIES = {
    "Folder": ("name", "parent"),
    "Datacenter": ("name", "parent"),
    "ClusterComputeResource": ("name", "parent", "host", "datastore"),
    "HostSystem": ("name",),
    "Datastore": ("name",),
}
# Steps from the root folder to all of them: name -> (type, property, steps to go on with).
STEPS = {
    "folder": ("Folder", "childEntity", ("folder", "datacenter", "hosts", "datastores")),
    "datacenter": ("Datacenter", "hostFolder", ("folder",)),
    "hosts": ("ComputeResource", "host", ()),
    "datastores": ("ComputeResource", "datastore", ()),
}


def fetch(endpoint):
    """Ask a vCenter for its clusters.

    Args:
        endpoint: Endpoint with its account in the clear.

    Returns:
        list of dict, as clusters() makes them.

    Raises:
        DiscoveryError: it cannot be asked.
    """
    if vsphere.MISSING:
        cure = "Install it where ansible runs: pip install 'pyvmomi>=8.0.1'."
        raise DiscoveryError(
            f"{endpoint.option}: the Python library pyVmomi cannot be imported: {vsphere.MISSING}. {cure}"
        )
    account = endpoint.username, endpoint.password
    try:
        with vsphere.session(endpoint.address, endpoint.port, account, endpoint.context(), endpoint.timeout) as content:
            return clusters(_objects(content))
    except vim.fault.InvalidLogin as error:
        raise endpoint.refused(error.msg or "InvalidLogin") from error
    except (vmodl.MethodFault, vmodl.RuntimeFault, vsphere.NotAVcenter) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise DiscoveryError(
            f"{endpoint.option}: {endpoint.address} does not answer as a vCenter: {reason}. "
            "Name a vCenter, and an account that may read all of it."
        ) from error
    except OSError as error:
        raise endpoint.unreachable(error) from error


def _objects(content):
    """All objects of interest with their properties.

    Args:
        content: vim.ServiceInstanceContent.

    Returns:
        dict, managed object id -> dict of its type and properties; objects in these are ids.
    """
    found = {}
    for one in vsphere.objects(content, _filter(content.rootFolder)):
        properties = {each.name: _plain(each.val) for each in one.propSet}
        found[one.obj._moId] = dict(properties, type=one.obj.__class__.__name__.rpartition(".")[2])
    return found


def _filter(root):
    collector = vmodl.query.PropertyCollector
    steps = [
        collector.TraversalSpec(
            name=name,
            type=getattr(vim, kind),
            path=path,
            skip=False,
            selectSet=[collector.SelectionSpec(name=one) for one in further],
        )
        for name, (kind, path, further) in STEPS.items()
    ]
    wanted = [
        collector.PropertySpec(type=getattr(vim, kind), pathSet=list(names), all=False)
        for kind, names in PROPERTIES.items()
    ]
    start = collector.ObjectSpec(obj=root, skip=False, selectSet=steps)
    return collector.FilterSpec(objectSet=[start], propSet=wanted)


def _plain(value):
    if isinstance(value, list):
        return [one._moId for one in value]
    return str(value) if isinstance(value, str) else value._moId


def clusters(objects):
    """What the objects of a vCenter say about its clusters.

    Args:
        objects: dict, managed object id -> dict with type, name, parent, and of clusters host and datastore.

    Returns:
        list of dict by path: raw_name (as the API has it, and nova compares it), cluster, moid, datacenter,
        folder (below the data centre, "" for none), path, hosts, datastores.
    """
    found = [_cluster(moid, one, objects) for moid, one in objects.items() if _is_cluster(one)]
    return sorted(found, key=lambda one: one["path"])


def _is_cluster(one):
    # A name that the account may not read is not there; nova would not find such a cluster either.
    return one["type"] == "ClusterComputeResource" and "name" in one


def _cluster(moid, one, objects):
    above = _ancestors(one, objects)
    kinds = [each["type"] for each in above]
    centre = len(kinds) - 1 - kinds[::-1].index("Datacenter") if "Datacenter" in kinds else -1
    # The folder right below a data centre, and the root folder, are in no path that people see.
    below = [_shown(each) for each in above[centre + 2 :]] if centre >= 0 else []
    upto = [_shown(each) for each in above[: centre + 1] if "parent" in each] if centre >= 0 else []
    name = _shown(one)
    return dict(
        raw_name=one["name"],
        cluster=name,
        moid=moid,
        datacenter=_shown(above[centre]) if centre >= 0 else "",
        folder="/".join(below),
        path="/" + "/".join([*upto, *below, name]),
        hosts=_names(one.get("host"), objects),
        datastores=_names(one.get("datastore"), objects),
    )


def _ancestors(one, objects):
    """The folders and the data centre that hold it, the outermost first."""
    above = []
    while one.get("parent") in objects:
        one = objects[one["parent"]]
        above.insert(0, one)
    return above


def _shown(one):
    """The API writes /, \\ and % in names as %2f, %5c and %25 (vSphere API, ManagedEntity.name)."""
    return unquote(one.get("name", ""))


def _names(moids, objects):
    return sorted(_shown(objects[moid]) for moid in moids or () if "name" in objects.get(moid, {}))


def within(cluster, datacenters, folders):
    """Whether a cluster is in one of the data centres, and in or below one of the folders; empty lists hold all.

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
    return not folders or any(path.startswith(one.strip("/") + "/") for one in folders)


def ambiguous(option, everything, chosen):
    """Chosen clusters whose name another cluster of the vCenter has too: nova takes the first that has it.

    Rule: nova.virt.vmwareapi.vm_util.get_cluster_ref_by_name of nova 34, which looks at names alone.

    Args:
        option: str, where the vCenter stands in the file.
        everything: list of dict, all clusters of the vCenter.
        chosen: list of dict, those asked for.

    Returns:
        list of str
    """
    paths = {}
    for one in everything:
        paths.setdefault(one["raw_name"], []).append(one["path"])
    names = sorted({one["raw_name"] for one in chosen if len(paths[one["raw_name"]]) > 1})
    return [
        f"{option}: {' and '.join(map(repr, paths[name]))} have one name, by which nova finds a cluster. "
        "Rename one of them, or leave the name out with exclude."
        for name in names
    ]
