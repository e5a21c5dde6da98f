# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges what a vCenter said, cluster by cluster. Pure."""

from __future__ import annotations

import difflib
import re

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import Finding, Outcome

CHECKS = ("name", "port", "certificate", "login", "cluster", "hosts", "datastore")

# The datastores that nova takes (nova/virt/vmwareapi/constants.py and ds_util.py, _is_datastore_valid).
TYPES = ("VMFS", "NFS", "NFS41", "vsan", "VVOL")
IN_USE = (None, "normal")
MOST_NAMES = 5


def judge(target, inventory):
    """What nova-compute would stumble over.

    Args:
        target: dict with cluster and datastore_regex.
        inventory: dict, as _vcenter.look() returns it.

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


def _missing(target, inventory):
    names = sorted(cluster["name"] for cluster in inventory["clusters"])
    if not names:
        return Finding(
            "cluster",
            "cluster_name",
            "the account sees no cluster in the vCenter.",
            "Give it the role that docs/vcenter.md describes, on the data centre and all below it.",
        )
    close = difflib.get_close_matches(target["cluster"], names, n=1)
    cure = (
        f"Did you mean {close[0]!r}?"
        if close
        else f"Write one of those that the account sees: {_some(list(map(repr, names)))}."
    )
    return Finding("cluster", "cluster_name", f"the vCenter has no cluster {target['cluster']!r}.", cure)


def _ambiguous(named):
    """nova takes whichever the vCenter names first (vm_util.get_cluster_ref_by_name)."""
    identifiers = ", ".join(sorted(cluster["id"] for cluster in named))
    problem = f"the vCenter has {len(named)} clusters {named[0]['name']!r} ({identifiers}), and nova takes any of them."
    cure = "Rename all but one, or let the account see one only."
    return Finding("cluster", "cluster_name", problem, cure)


def _findings(target, cluster, datastores):
    """Datastores are those of the hosts."""
    if cluster["hosts"]:
        return tuple(_datastores(target, cluster, datastores))
    problem = f"the cluster {cluster['name']!r} has no host that the account sees."
    return (Finding("hosts", "cluster_name", problem, "Add a host to it, or name another cluster."),)


def _datastores(target, cluster, datastores):
    known = [datastores[one] for one in cluster["datastores"] if one in datastores]
    usable = [one for one in known if _usable(one)]
    pattern = target["datastore_regex"]
    if any(not pattern or re.match(pattern, one["name"]) for one in usable):
        return
    if pattern and usable:
        names = _some(sorted(repr(one["name"]) for one in usable))
        problem = f"{pattern!r} matches none of the datastores of the cluster {cluster['name']!r}."
        cure = f"Write an expression that matches the beginning of a name: it has {names}."
    else:
        have = _some(sorted(f"{one['name']!r} ({_state(one)})" for one in known)) or "none"
        problem = f"the cluster {cluster['name']!r} has no datastore that nova can use, but {have}."
        cure = f"Give it one of the types {', '.join(TYPES)} that is accessible and not in maintenance."
    yield Finding("datastore", "datastore_regex", problem, cure)


def _usable(datastore):
    return datastore["accessible"] and datastore["mode"] in IN_USE and datastore["type"] in TYPES


def _state(datastore):
    if not datastore["accessible"]:
        return "not accessible"
    return str(datastore["type"]) if datastore["mode"] in IN_USE else str(datastore["mode"])


def _some(names):
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
