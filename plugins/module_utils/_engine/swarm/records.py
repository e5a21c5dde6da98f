# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a swarm has, in the terms of this collection: records that the calls return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Kinds of stored files, and how Swarm's API spells them.
SECRET, CONFIG = "secret", "config"


@dataclass(frozen=True)
class Node:
    """A Docker host of the swarm.

    Attributes:
        id: of the node.
        hostname: name of the machine.
        state: ready, down, disconnected or unknown.
        availability: active, pause or drain.
        manager: whether it is a manager.
        leader: whether it leads the managers.
        reachability: reachable or unreachable, of a manager; "" of a worker.
        memory_bytes, processors: of the machine.
    """

    id: str
    hostname: str
    state: str = "ready"
    availability: str = "active"
    manager: bool = False
    leader: bool = False
    reachability: str = ""
    memory_bytes: int = 0
    processors: int = 1

    @property
    def usable(self) -> bool:
        """Whether Swarm places services on the node."""
        return self.state == "ready" and self.availability == "active"


@dataclass(frozen=True)
class FileReference:
    """A file that Swarm mounts into a service's container.

    Attributes:
        target: absolute path in the container.
        kind: SECRET or CONFIG.
        id, name: of the secret or config.
        user, group: numeric owner in the container.
        mode: permissions.
    """

    target: str
    kind: str
    id: str
    name: str
    user: int
    group: int
    mode: int


@dataclass(frozen=True)
class StoredFile:
    """A secret or config of the swarm.

    Attributes:
        kind: SECRET or CONFIG.
        created: RFC 3339 time.
    """

    kind: str
    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""


@dataclass(frozen=True)
class SwarmService:
    """A service of the swarm.

    Attributes:
        version: of the whole object; an update names it, so that it cannot overwrite another one.
        image: as it was given to Swarm.
        replicas: number of tasks that are wanted; 1 for modes that do not have it.
        files: that its containers mount.
        body: the specification as the API returns it.
        stop_seconds: time that its process has to stop.
    """

    id: str
    version: int
    name: str
    image: str
    replicas: int
    labels: Mapping[str, str]
    files: tuple[FileReference, ...]
    body: Mapping[str, Any]
    stop_seconds: float = 0.0


@dataclass(frozen=True)
class Task:
    """One attempt of Swarm to run a service.

    Attributes:
        node: id of its node; "" if it has none yet.
        state: new, pending, ..., preparing, starting, running, complete, failed, rejected, shutdown, orphaned, remove.
        desired: the state that Swarm wants.
        error: why it failed or waits; "" if nothing is known.
        since: RFC 3339 time of the state.
        created: RFC 3339 time.
        container: id of its container; "" if it has none.
        labels: of its container.
        body: the specification as the API returns it.
    """

    id: str
    service: str
    node: str
    state: str
    desired: str
    error: str
    since: str
    created: str
    container: str
    labels: Mapping[str, str]
    body: Mapping[str, Any]
