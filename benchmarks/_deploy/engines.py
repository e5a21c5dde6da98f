# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engines of the benchmark: Docker, or a stand-in for machines without it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
from _common.processes import Failed
from _fanout import engine

from . import image
from .stand_ins import Engine

FLEET = f"benchmark-{os.getpid()}"
LABEL = f"novafleet.fleet={FLEET}"
SERVICE = "novafleet.service"
States = dict[str, tuple[str, bool, str]]


class DockerEngine:
    """A real engine. The stand-in cloud asks it which services run, because they send no heartbeats."""

    kind = "docker"

    def __init__(self, host: str, config: Path):
        """host: its address; config: directory of the services' files."""
        self.host, self.config = host, config
        self.names: dict[str, str] = {}
        self.ended = threading.Event()
        self.client = engine.client(host)

    def load(self) -> None:
        """Import the image, and start to read the events of containers."""
        command = [f'CMD ["{image.PROGRAM}"]']
        self.client.api.import_image_from_data(
            image.root(), repository=image.REPOSITORY, tag=image.TAG, changes=command
        )
        self.events = self.client.events(decode=True, filters=dict(type="container", label=LABEL))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # The stream ends with the engine.
        with contextlib.suppress(*engine.TROUBLE):
            for event in self.events:
                labels = event["Actor"]["Attributes"]
                if event["Action"] == "start":
                    self.names[labels["name"]] = labels.get(SERVICE, "")
                elif event["Action"] == "die":
                    self.names.pop(labels["name"], None)

    def running(self) -> dict[str, list[str]]:
        """Service -> names of its running containers."""
        found: dict[str, list[str]] = {}
        for name, service in list(self.names.items()):
            found.setdefault(service, []).append(name)
        return found

    def compute_id(self, name: str) -> str | None:
        """The compute_id next to the nova.conf of a container's service."""
        path = self.config / self.names[name] / "compute_id"
        return path.read_text(encoding="utf-8").strip() if path.is_file() else None

    def states(self) -> States:
        """Container -> id, running, started at."""
        return {name: self._state(ident) for ident, name in self._containers().items()}

    def _state(self, ident: str) -> tuple[str, bool, str]:
        state = self.client.api.inspect_container(ident)["State"]
        return ident, state["Running"], state["StartedAt"]

    def _containers(self) -> dict[str, str]:
        """Id -> name."""
        listed = self.client.api.containers(all=True, filters=dict(label=LABEL))
        return {entry["Id"]: entry["Names"][0].lstrip("/") for entry in listed}

    def remove_all(self) -> None:
        for ident in self._containers():
            self.client.api.remove_container(ident, force=True)

    def dispose(self) -> None:
        self.remove_all()
        self.events.close()
        with contextlib.suppress(docker.errors.ImageNotFound):
            self.client.api.remove_image(image.NAME, force=True)
        self.client.close()


class StandInEngine(Engine):
    """The stand-in of tests/role: containers are only records, without processes."""

    kind = "stand-in"

    def __init__(self, directory: Path):
        super().__init__(directory, (image.NAME,))
        self.image_files[image.NAME] = {image.OPTIONS_PATH: image.options()}

    @property
    def host(self) -> str:
        return self.url

    @property
    def client(self) -> docker.DockerClient:
        return docker.DockerClient(base_url=self.url, version="1.43")

    def load(self) -> None:
        self.start()

    def states(self) -> States:
        with self.lock:
            found = list(self.containers.values())
        return {one.name: (one.id, one.state == "running", str(one.started)) for one in found}

    def remove_all(self) -> None:
        with self.lock:
            self.containers.clear()

    def dispose(self) -> None:
        self.end()


@contextlib.contextmanager
def prepared(kind: str, given: str | None, parent: Path, config: Path) -> Iterator[DockerEngine | StandInEngine]:
    """Provide an engine with the image, and restore the engine afterwards.

    Args:
        kind: docker or stand-in.
        given: address of a Docker engine to use, or None to start one.
        parent: directory for the data of that engine.
        config: directory of the services' files.
    """
    with contextlib.ExitStack() as stack:
        if kind == StandInEngine.kind:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="nfd-"))
            Path(directory).chmod(0o755)
            made: DockerEngine | StandInEngine = StandInEngine(Path(directory))
        else:
            if not image.BUSYBOX.exists():
                raise Failed(f"{image.BUSYBOX} is missing: install Debian's busybox-static")
            host = given or stack.enter_context(engine.PrivateEngine(parent)).host
            made = DockerEngine(host, config)
        made.load()
        stack.callback(made.dispose)
        yield made
