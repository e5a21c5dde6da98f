# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds hypervisors that have, or would have, two services, also under different names.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def claimed_twice(answers: Iterable[Mapping[str, Any]], targets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Compare what the hypervisors call themselves, over all Docker hosts.

    Args:
        answers: list of dict, results of the module preflight, one a Docker host.
        targets: list of dict with target and hypervisor, as the module check_targets returns them. Two that
            give one hypervisor the same name are reported there.

    Returns:
        list of str, a sentence for every target but the first of a hypervisor.
    """
    names = {one["target"]: one["hypervisor"] for one in targets}
    first: dict[str, str] = {}
    found: list[str] = []
    entries = [entry for answer in answers for entry in answer.get("hypervisors") or ()]
    for entry in sorted(entries, key=lambda one: one["target"]):
        other = first.setdefault(entry["identity"], entry["target"])
        if other != entry["target"] and names.get(other, other) != names.get(entry["target"], ""):
            found.append(
                f"{entry['target']}: {entry['variable']}: is on {entry['called']}, and so is {other}, under another "
                "name. Remove one of the two: each hypervisor has one nova-compute."
            )
    return found


def known_elsewhere(
    answers: Iterable[Mapping[str, Any]], targets: Iterable[Mapping[str, Any]], nodes: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Compare what the hypervisors call themselves with the compute nodes that nova knows under other service hosts.

    So a cluster that was renamed, and with it its target, is not given a second service.

    Args:
        answers, targets: as claimed_twice() takes them.
        nodes: hypervisors as the module nova_services_info returns them.
    """
    owners = {node["name"].lower(): node["host"] for node in nodes if node.get("name")}
    services = {target["target"]: target["service"] for target in targets}
    found = []
    for entry in (entry for answer in answers for entry in answer.get("hypervisors") or ()):
        owner, service = owners.get(_node_name(entry["identity"])), services.get(entry["target"])
        if owner and service and owner != service:
            found.append(
                f"{entry['target']}: services_host: is on {entry['called']}, which nova knows as the compute node of "
                f"the service {owner}. Set services_host to {owner}, or retire that service first."
            )
    return found


def _node_name(identity: str) -> str:
    """What nova's VMware driver names the compute node of a cluster (virt/vmwareapi/driver.py, _create_nodename)."""
    kind, _slash, rest = identity.partition("/")
    uuid, _slash, cluster = rest.partition("/")
    return f"{cluster}.{uuid}".lower() if kind == "vcenter" else ""
