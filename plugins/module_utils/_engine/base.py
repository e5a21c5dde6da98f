# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container engine offers, in terms that every engine knows: records, errors and calls.

This is all that the fan-out, the plan and the status see of an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure


class EngineError(Failure):
    """The engine refused or failed; C(str()) says what, and what to do about it."""


class Unanswered(EngineError):
    """Whether the engine has done what was asked is not known."""


class EngineUnreachable(Unanswered):
    """Nothing answers at the engine's address, or the connection broke."""


class EngineTimeout(Unanswered):
    """The engine did not answer in time."""


class SdkUnusable(EngineError):
    """The library that talks to the engine is missing, too old, or does not work with the other libraries."""


class NotFound(EngineError):
    """The container or image does not exist (any more)."""


class Conflict(EngineError):
    """A name is taken, or the object is busy."""


class Rejected(EngineError):
    """The request itself is wrong.

    Attributes:
        reason: the engine's own words.
        fix: what to do about it, in one or two sentences; "" where the words alone must do.
    """

    def __init__(self, text: str, reason: str = "", fix: str = "") -> None:
        super().__init__(text)
        self.reason, self.fix = reason or text, fix


@dataclass(frozen=True)
class Container:
    """One container, as the engine lists it.

    Attributes:
        id: 64 hex digits.
        name: without a leading slash.
        image: reference that it was created from; the bare image id where that leads elsewhere by now.
        image_id: C(sha256:...) of the image that it was created from.
        state: created, running, paused, restarting, removing, exited or dead; or LOST (_contract).
        status: the engine's sentence, such as C(Up 3 minutes).
        created: seconds since the epoch.
        health: starting, healthy or unhealthy; "" for a container without a health check.
    """

    id: str
    name: str
    image: str = ""
    image_id: str = ""
    state: str = "running"
    status: str = ""
    created: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    health: str = ""


@dataclass(frozen=True)
class ContainerDetails:
    """What only a request for the single container shows.

    Attributes:
        started_at: RFC 3339 time of its last start.
        restarts: how often the engine restarted it since.
    """

    started_at: str
    restarts: int


@dataclass(frozen=True)
class ContainerSpec:
    """What a container should be, for every engine.

    Attributes:
        image: reference.
        settings: the container settings, with the keys of CONTAINER_ARGUMENT_SPEC (_fleet/arguments.py).
        command: command and arguments; empty for those of the image.
        files: directory on the host that is mounted, read-only, at the setting C(files_target); "" for none.
        fleet, service: whose container it is, for its labels; "" for a container that belongs to no fleet.
    """

    image: str
    settings: Mapping[str, Any]
    command: tuple[str, ...] = ()
    files: str = ""
    fleet: str = ""
    service: str = ""


class Engine(Protocol):
    """The calls that an engine offers. Safe to share between threads.

    Containers are named by id or name. Every call has a time-out. Each raises EngineError, or the kind of it that fits.
    """

    def containers(self, verify: bool = False) -> list[Container]:
        """All containers of the engine, also those that this collection does not manage, in one request.

        Args:
            verify: also ask the kernel about managed containers that the engine calls stopped: LOST if a process runs.
        """

    def image_ids(self, references: Iterable[str]) -> dict[str, str | None]:
        """Reference -> image id, or None where the engine lacks the image. One request an image."""

    def runtimes(self) -> set[str] | None:
        """Names of the OCI runtimes that the engine can start containers with; None where they are not known."""

    def security(self) -> set[str]:
        """What confines the engine's containers, such as userns, selinux, apparmor, rootless."""

    def digest(self, spec: ContainerSpec) -> str:
        """Digest of the engine's request for a container, without the labels that say whose it is.

        It stands in the label LABEL_SPEC of each container, and another one means that the container is replaced. So
        the digest of given settings must never change from one release of this collection to the next.
        """

    def rehearse(self, spec: ContainerSpec) -> None:
        """Find out whether the engine takes a container, which is never started, and not left.

        Raises:
            Rejected: it does not.
        """

    def create(self, name: str, spec: ContainerSpec) -> None:
        """Create a container with the labels LABEL_FLEET, LABEL_SERVICE and LABEL_SPEC."""

    def start(self, ident: str) -> None:
        """Start a container."""

    def unpause(self, ident: str) -> None:
        """Resume a paused container."""

    def restart(self, ident: str, timeout: int) -> None:
        """Stop, then start a container; timeout: seconds that it may take to stop before it is killed."""

    def rename(self, ident: str, name: str) -> None:
        """Give a container another name."""

    def remove(self, ident: str) -> None:
        """Remove a container that does not run. If it does not exist, this does nothing."""

    def dispose(self, container: Container, timeout: int) -> None:
        """Stop and remove a container with all its processes. If it does not exist, this does nothing.

        Stop first: removal kills it in the middle of an operation.

        Args:
            container: in any state, LOST included.
            timeout: as of restart().
        """

    def inspect(self, ident: str) -> ContainerDetails:
        """What the list does not show."""

    def log_tail(self, ident: str, lines: int = 20, since: str | None = None) -> str:
        """The last lines of a container's log; "" where it cannot be read.

        Args:
            ident: name or id.
            lines: how many.
            since: RFC 3339 time before which nothing counts.
        """

    def orphans(self, known: Iterable[Container], config_dir: str) -> dict[str, list[str]]:
        """Containers that the engine has no more, and whose processes still run as one of the services.

        Args:
            known: all containers that the engine has.
            config_dir: directory of the services' files; what mounts a service's files is that service.

        Returns:
            Service -> container ids.
        """

    def end_orphan(self, ident: str, timeout: int) -> None:
        """End the processes of such a container; timeout as of restart()."""

    def read_file(self, image: str, path: str) -> bytes | None:
        """Content of one file of an image, or None where the image has no such file.

        Args:
            image: id.
            path: absolute.
        """


class NewEngine:
    """An engine as it is just after it was installed: what a plan asks of an Engine, and nothing to be found."""

    def containers(self, **_verify: bool) -> list[Container]:
        return []

    def image_ids(self, references: Iterable[str]) -> dict[str, str | None]:
        return dict.fromkeys(references)

    def runtimes(self) -> set[str] | None:
        """They are not known yet."""
        return None

    def security(self) -> set[str]:
        return set()

    def digest(self, _spec: ContainerSpec) -> str:
        """No container has one yet."""
        return ""
