# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Podman as base.Engine describes it, through its Docker-compatible API. Only what differs from Docker is here."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Container,
    ContainerSpec,
    EngineError,
    NotFound,
    Unanswered,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman import body, processes, refusals

# Podman's own API, of the oldest release that is supported; newer ones know it.
LIBPOD = "/v4.0.0/libpod"
# podman: libpod/define/containerstate.go. "stopping" is a stop that is under way, or was interrupted.
STATES = {"initialized": "created", "stopped": "exited", "stopping": "removing", "unknown": "dead", "bad state": "dead"}
FRACTION = re.compile(r"\.\d+")
# Podman 4.3 fails to mount a container's file system now and then, while it removes another container.
UNMOUNTED = re.compile(r"mounting storage for container .*no such file or directory", re.DOTALL)
# A Podman that is killed while it creates a container leaves it in its storage, and has no note of it itself.
IN_STORAGE = re.compile(r'creating container storage: the container name ".*" is already in use by ([0-9a-f]{64})')
ATTEMPTS = 3
HEALTHS = frozenset(["starting", "healthy", "unhealthy"])


Result = TypeVar("Result")


class PodmanEngine(DockerEngine):
    """The calls, by way of a docker.APIClient."""

    bodies = body

    def containers(self, verify: bool = False) -> list[Container]:
        """From Podman's own API, whose list has the health, and takes a third of the time of the other one."""
        if verify:
            return processes.verified(self._entries)
        return [entry.container for entry in self._entries()]

    def _entries(self) -> list[processes.Listed]:
        with typed_errors("list containers"):
            entries = self._libpod("containers/json", all=True)
            if not isinstance(entries, list):
                raise TypeError("it is not a list")
            now = time.time()
            return [processes.Listed(_container(entry, now), int(entry["Pid"])) for entry in entries]

    def _libpod(self, path: str, **parameters: Any) -> Any:
        response = self.api.get(f"{self.api.base_url}{LIBPOD}/{path}", params=parameters)
        return self.api._result(response, json=True)

    def runtimes(self) -> set[str] | None:
        """They are not known, because refusals.py refuses every runtime."""
        return None

    def security(self) -> set[str]:
        with typed_errors("ask for the engine's security options"):
            found = self._libpod("info")["host"]["security"]
            names = dict(selinuxEnabled="selinux", apparmorEnabled="apparmor", rootless="rootless")
            return {name for key, name in names.items() if found.get(key)}

    def rehearse(self, spec: ContainerSpec) -> None:
        refusals.require(spec)
        super().rehearse(spec)

    def create_from_body(self, name: str, config: Mapping[str, Any]) -> str:
        try:
            return super().create_from_body(name, config)
        except EngineError as error:
            if not self._removed_from_storage(error):
                raise refusals.rejection(error) from error.__cause__
        return super().create_from_body(name, config)

    def _removed_from_storage(self, error: EngineError) -> bool:
        """Whether a name was taken by what Podman has no note of. That is removed: Podman itself never would."""
        left = IN_STORAGE.search(str(error))
        if left is None or left[1] in {each.id for each in self.containers()}:
            return False
        self.remove(left[1])
        return True

    def start(self, ident: str) -> None:
        _mounting(lambda: super(PodmanEngine, self).start(ident))

    def read_file(self, image: str, path: str) -> bytes | None:
        return _mounting(lambda: super(PodmanEngine, self).read_file(image, path))

    def dispose(self, container: Container, timeout: int) -> None:
        """What Podman cannot stop, as its note of the container is wrong, is ended by its processes."""
        if container.state == LOST:
            processes.end(container.id, timeout)
        try:
            self.stop(container, timeout)
        except NotFound:
            pass
        except Unanswered:
            raise
        except EngineError:
            processes.end(container.id, timeout)
        if container.state == LOST:
            self.end_orphan(container.id, timeout)
        else:
            self.remove(container.id)

    def orphans(self, known: Iterable[Container], config_dir: str) -> dict[str, list[str]]:
        return processes.orphans(known, config_dir)

    def end_orphan(self, ident: str, timeout: int) -> None:
        """Also remove what is left of it in Podman's storage, as that would keep its name."""
        processes.end(ident, timeout)
        processes.unmount(ident)
        self.remove(ident)


def _mounting(attempt: Callable[[], Result]) -> Result:
    """What an attempt returns that mounts a container's file system, tried again where only that failed."""
    for _failed in range(ATTEMPTS - 1):
        try:
            return attempt()
        except EngineError as error:
            if not UNMOUNTED.search(str(error)):
                raise
    return attempt()


def _container(entry: Mapping[str, Any], now: float) -> Container:
    """From an entry of C(GET /libpod/containers/json)."""
    state = entry["State"]
    return Container(
        id=entry["Id"],
        name=(entry["Names"] or [""])[0],
        image=entry["Image"],
        image_id=f"sha256:{entry['ImageID']}",
        state=STATES.get(state, state),
        status=_sentence(entry, now),
        created=_seconds(entry["Created"]),
        labels=entry["Labels"] or {},
        health=entry["Status"] if entry["Status"] in HEALTHS else "",
    )


def _seconds(text: str) -> int:
    """Since the epoch, from an RFC 3339 time of any zone."""
    return int(datetime.datetime.fromisoformat(FRACTION.sub("", text).replace("Z", "+00:00")).timestamp())


def _sentence(entry: Mapping[str, Any], now: float) -> str:
    """As Docker words it, in seconds."""
    if entry["State"] in ("running", "paused"):
        return f"Up {max(0, int(now - entry['StartedAt']))} seconds"
    if entry["State"] in ("exited", "stopped"):
        return f"Exited ({entry['ExitCode']}) {max(0, int(now - entry['ExitedAt']))} seconds ago"
    return str(entry["State"]).capitalize()
