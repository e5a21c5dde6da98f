# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker engine as base.Engine describes it. Each method says only what is Docker's own about it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Container,
    ContainerDetails,
    ContainerSpec,
    EngineError,
    NotFound,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import aside, body, shims, starts
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors

HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")


class DockerEngine:
    """The calls, by way of a docker.APIClient.

    Attributes:
        bodies: what makes the bodies of requests, with create_body() and digest() of body.py.
    """

    bodies: Any = body

    def __init__(self, api: Any) -> None:
        """api: docker.APIClient, as client.connect() returns it."""
        self.api, self.shims = api, shims.Shims()

    def containers(self, verify: bool = False) -> list[Container]:
        return shims.verified(self._listed) if verify else self._listed()

    def _listed(self) -> list[Container]:
        with typed_errors("list containers"):
            entries = self.api.containers(all=True)
            if not isinstance(entries, list):
                raise TypeError("it is not a list")
            return [_container(entry) for entry in entries]

    def image_ids(self, references: Iterable[str]) -> dict[str, str | None]:
        return {reference: self._image_id(reference) for reference in sorted(set(references))}

    def _image_id(self, reference: str) -> str | None:
        try:
            with typed_errors(f"inspect image {reference}"):
                return self.api.inspect_image(reference)["Id"]
        except NotFound:
            return None

    def runtimes(self) -> set[str] | None:
        """Without the shims of containerd that need no registration."""
        with typed_errors("ask for the engine's runtimes"):
            return set(self.api.info()["Runtimes"])

    def security(self) -> set[str]:
        with typed_errors("ask for the engine's security options"):
            options = self.api.info().get("SecurityOptions") or ()
            # moby: daemon/info.go; each is a list of key=value, of which one is the name.
            return {word[5:] for option in options for word in option.split(",") if word.startswith("name=")}

    def digest(self, spec: ContainerSpec) -> str:
        return self.bodies.digest(spec)

    def rehearse(self, spec: ContainerSpec) -> None:
        """It says at the creation what it does not take."""
        self.remove(aside.create(self, "try", self.bodies.create_body(spec)))

    def create(self, name: str, spec: ContainerSpec) -> None:
        self.create_from_body(name, self.bodies.create_body(spec))

    def create_from_body(self, name: str, config: Mapping[str, Any]) -> str:
        """Create a container from the body of the request, and return its id."""
        with typed_errors(f"create container {name}"):
            return self.api.create_container_from_config(config, name)["Id"]

    def start(self, ident: str) -> None:
        starts.start(self.api, ident)

    def unpause(self, ident: str) -> None:
        with typed_errors(f"unpause container {ident}"):
            self.api.unpause(ident)

    def restart(self, ident: str, timeout: int) -> None:
        starts.restart(self.api, ident, timeout)

    def rename(self, ident: str, name: str) -> None:
        with typed_errors(f"rename container {ident} to {name}"):
            self.api.rename(ident, name)

    def remove(self, ident: str) -> None:
        """With its anonymous volumes."""
        try:
            with typed_errors(f"remove container {ident}"):
                self.api.remove_container(ident, v=True, force=True)
        except NotFound:
            pass

    def dispose(self, container: Container, timeout: int) -> None:
        if container.state == LOST:
            shims.end(container.id, timeout, self.shims)
        try:
            self.stop(container, timeout)
        except NotFound:
            pass
        else:
            self.remove(container.id)
        self.end_orphan(container.id, timeout)

    def stop(self, container: Container, timeout: int) -> None:
        """Stop a container, also a paused one; timeout as of restart()."""
        if container.state == "paused":
            self.unpause(container.id)
        with typed_errors(f"stop container {container.id}"):
            self.api.stop(container.id, timeout=timeout)

    def inspect(self, ident: str) -> ContainerDetails:
        with typed_errors(f"inspect container {ident}"):
            details = self.api.inspect_container(ident)
            # Podman's has the zone of its machine.
            return ContainerDetails(_times.utc(details["State"]["StartedAt"]), int(details["RestartCount"]))

    def log_tail(self, ident: str, lines: int = 20, since: str | None = None) -> str:
        """Empty for log drivers that cannot be read; since counts by the second."""
        begin = datetime.datetime.strptime(since[:19], _times.FORM) if since else None
        try:
            with typed_errors(f"read the log of container {ident}"):
                return self.api.logs(ident, tail=lines, since=begin).decode("utf-8", "replace")
        except EngineError:
            return ""

    def orphans(self, known: Iterable[Container], config_dir: str) -> dict[str, list[str]]:
        return shims.orphans(known, config_dir)

    def end_orphan(self, ident: str, timeout: int) -> None:
        shims.end_removed(ident, timeout, self.shims)

    def read_file(self, image: str, path: str) -> bytes | None:
        return aside.read_file(self, image, path)


def _container(entry: Mapping[str, Any]) -> Container:
    """From an entry of C(GET /containers/json)."""
    return Container(
        id=entry["Id"],
        name=(entry["Names"] or [""])[0].lstrip("/"),
        image=entry["Image"],
        image_id=entry["ImageID"],
        state=entry["State"],
        status=entry["Status"],
        created=entry["Created"],
        labels=entry["Labels"] or {},
        health=_health(entry["Status"]),
    )


def _health(status: str) -> str:
    """The list shows the health only in its status sentence (moby: container/state.go, State.String)."""
    match = HEALTH.search(status)
    return match.group(1) if match else ""
