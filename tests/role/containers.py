# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that are only records. Tests can read and change them in addition to the API."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

IMAGE = "registry.example.com/nova-compute:1"
NEXT_IMAGE = "registry.example.com/nova-compute:2"
LABEL_FLEET, LABEL_SERVICE = "novafleet.fleet", "novafleet.service"
# A process whose name and arguments are those of containerd's shim, with a child that stands for the service.
SHIM = "import subprocess; subprocess.run(['sleep', '600'])"


@dataclass
class Container:
    """One container; config is the body that it was created with."""

    id: str
    name: str
    config: dict
    image_id: str
    state: str = "created"
    started: float = 0.0
    restarts: int = 0
    log: str = ""
    exits: bool = False
    created: float = field(default_factory=time.time)

    @property
    def labels(self) -> dict:
        return self.config.get("Labels") or {}

    @property
    def service(self) -> str:
        return self.labels.get(LABEL_SERVICE, "")

    @property
    def sentence(self) -> str:
        """The state as Docker's list has it."""
        age = int(time.time() - self.started)
        told = {"running": f"Up {age} seconds", "paused": f"Up {age} seconds (Paused)", "created": "Created"}
        return told.get(self.state, f"Exited (1) {age} seconds ago")


class Containers:
    """The containers and images of one engine."""

    # Lock of the stand-in that serves them.
    lock: threading.RLock

    def __init__(self, directory: Path, images: tuple[str, ...]):
        """directory: for the bundles of processes that the engine has lost; images: names."""
        self.directory = directory
        self.images = {image: f"sha256:{uuid.uuid4().hex * 2}" for image in images}
        self.containers: dict[str, Container] = {}
        # Changes of containers, in order: (event, name of the container).
        self.history: list[tuple[str, str]] = []
        self.processes: list[subprocess.Popen] = []
        self.ids = itertools.count(1)

    def running(self) -> dict[str, list[str]]:
        """Service -> names of its running containers."""
        found = {}
        with self.lock:
            for one in self.containers.values():
                if one.state == "running":
                    found.setdefault(one.service, []).append(one.name)
        return found

    def compute_id(self, name: str) -> str | None:
        """The compute_id that a nova-compute reads when it starts for the first time, if it exists."""
        one = self.find(name)
        for mount in one.config.get("HostConfig", {}).get("Mounts", ()) if one else ():
            path = Path(mount["Source"]) / "compute_id"
            if path.is_file():
                return path.read_text(encoding="utf-8").strip()
        return None

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The history without short-lived containers that read a file or try the engine."""
        return [
            (event, name) for event, name in self.history if not name.startswith(("novafleet-read-", "novafleet-try-"))
        ]

    def services(self) -> list[str]:
        """Services that have a container, running or not."""
        with self.lock:
            return sorted({one.service for one in self.containers.values() if one.service})

    def of(self, service: str) -> Container:
        """The one container of a service."""
        with self.lock:
            (found,) = [one for one in self.containers.values() if one.service == service]
        return found

    def add(self, name: str, labels: dict | None = None, state: str = "running", image: str = IMAGE) -> Container:
        """A container that another tool or an earlier run has made."""
        config = dict(Image=image, Labels=labels or {})
        one = Container(self._new_id(), name, config, self.images[image], state, time.time())
        with self.lock:
            self.containers[one.id] = one
        return one

    def lose(self, service: str) -> subprocess.Popen:
        """The engine loses the process of a service's container: the container is exited, but its process runs."""
        one = self.of(service)
        one.state = "exited"
        return self._process(one.id, one.config)

    def orphan(self, service: str) -> subprocess.Popen:
        """The engine removes the container of a service, but its process keeps running with its files mounted."""
        one = self.of(service)
        with self.lock:
            del self.containers[one.id]
        return self._process(one.id, one.config)

    def _process(self, ident: str, config: dict) -> subprocess.Popen:
        bundle = self.directory / f"bundle-{len(self.processes)}"
        bundle.mkdir()
        mounts = [dict(source=one["Source"]) for one in config["HostConfig"].get("Mounts", ())]
        (bundle / "config.json").write_text(json.dumps(dict(mounts=mounts)), encoding="utf-8")
        process = subprocess.Popen(
            ["containerd-shim-runc-v2", "-c", SHIM, "-namespace", "moby", "-id", ident],
            executable=sys.executable,
            cwd=bundle,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end_processes(self) -> None:
        """End those of lost containers."""
        for process in self.processes:
            _end_group(process)

    def find(self, name: str) -> Container | None:
        """Find a container by name or id."""
        with self.lock:
            matching = (one for one in self.containers.values() if name in (one.id, one.name))
            return next(matching, None)

    def _new_id(self) -> str:
        return f"{next(self.ids):04x}{uuid.uuid4().hex * 2}"[:64]


def _end_group(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
