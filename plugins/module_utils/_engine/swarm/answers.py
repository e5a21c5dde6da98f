# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records from the answers of Swarm's API. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm import body
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import (
    Node,
    StoredFile,
    SwarmService,
    Task,
)

# A processor and a second, as the API counts them.
PROCESSOR = SECOND = 10**9


def node(entry: Mapping[str, Any]) -> Node:
    """From an entry of C(GET /nodes)."""
    spec, manager = entry["Spec"], entry.get("ManagerStatus") or {}
    resources = (entry.get("Description") or {}).get("Resources") or {}
    return Node(
        id=entry["ID"],
        hostname=(entry.get("Description") or {}).get("Hostname") or "",
        state=entry["Status"]["State"],
        availability=spec["Availability"],
        manager=spec["Role"] == "manager",
        leader=bool(manager.get("Leader")),
        reachability=manager.get("Reachability") or "",
        memory_bytes=int(resources.get("MemoryBytes") or 0),
        processors=max(1, int(resources.get("NanoCPUs") or 0) // PROCESSOR),
    )


def service(entry: Mapping[str, Any]) -> SwarmService:
    """From an entry of C(GET /services)."""
    spec = entry["Spec"]
    container = spec["TaskTemplate"].get("ContainerSpec") or {}
    replicated = spec.get("Mode", {}).get("Replicated")
    return SwarmService(
        id=entry["ID"],
        version=int(entry["Version"]["Index"]),
        name=spec["Name"],
        image=str(container.get("Image") or ""),
        replicas=1 if replicated is None else int(replicated.get("Replicas") or 0),
        labels=spec.get("Labels") or {},
        files=body.references(spec),
        body=spec,
        # Docker's own default is 10 s.
        stop_seconds=int(container.get("StopGracePeriod") or 10 * SECOND) / SECOND,
    )


def task(entry: Mapping[str, Any]) -> Task:
    """From an entry of C(GET /tasks)."""
    status = entry["Status"]
    return Task(
        id=entry["ID"],
        service=entry.get("ServiceID") or "",
        node=entry.get("NodeID") or "",
        state=status["State"],
        desired=entry["DesiredState"],
        error=status.get("Err") or "",
        since=status["Timestamp"],
        created=entry["CreatedAt"],
        container=(status.get("ContainerStatus") or {}).get("ContainerID") or "",
        labels=(entry["Spec"].get("ContainerSpec") or {}).get("Labels") or {},
        body=entry["Spec"],
    )


def stored_file(kind: str, entry: Mapping[str, Any]) -> StoredFile:
    """From an entry of C(GET /secrets) or C(GET /configs)."""
    spec = entry["Spec"]
    return StoredFile(kind, entry["ID"], spec["Name"], spec.get("Labels") or {}, entry.get("CreatedAt") or "")
