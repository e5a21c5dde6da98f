# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kolla-ansible has on a machine: /etc/kolla, its containers, and the units that start them again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import threading
import uuid
from pathlib import Path

from helper import docker

ETC = Path("/etc/kolla")
IMAGE = "novafleet/nova-compute:34.0.0"
SERVICE_HOST = "kolla-compute1"
COMPUTE = "nova_compute"
# Containers that have nothing to do with nova-compute, and their labels.
OTHERS = ("nova_libvirt", "kolla_toolbox")
LABELS = ("--label", "kolla_version=22.0.0", "--label", "maintainer=Kolla Project")
# A unit's RestartSec, and the seconds that it gives to a container to end.
RESTART_SECONDS, GRACEFUL_SECONDS = 11, 60
TMPFS = ("/var/lib/nova", "/var/log/nova")
NOVA = 162


class Unit:
    """kolla-<container>-container.service: attaches to the container, and starts it again whenever it has ended."""

    def __init__(self, container: str) -> None:
        self.container, self.stopped = container, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.stopped.is_set():
            subprocess.run(["docker", "start", "--attach", self.container], check=False, capture_output=True)
            self.stopped.wait(RESTART_SECONDS)

    def disable(self) -> None:
        """As C(systemctl disable --now) does."""
        self.stopped.set()
        docker("stop", "--time", str(GRACEFUL_SECONDS), self.container)
        self.thread.join(GRACEFUL_SECONDS)


class KollaHost:
    """kolla-ansible's nova_compute and other containers.

    Attributes:
        unit: Unit of nova_compute, or None before start().
    """

    def __init__(self, like: str) -> None:
        """like: a service of the fleet, whose nova.conf nova_compute gets with another host and kolla's queues."""
        conf = Path("/etc/novafleet", like, "nova.conf").read_text(encoding="utf-8")
        conf = re.sub(rf"^host = {re.escape(like)}$", f"host = {SERVICE_HOST}", conf, flags=re.MULTILINE)
        self.conf = re.sub(rf"^hostname = {re.escape(like)}\n", "", conf, flags=re.MULTILINE)
        assert f"host = {SERVICE_HOST}\n" in self.conf and like not in self.conf.split("\n", 1)[1]
        self.unit: Unit | None = None
        self.made_etc = not ETC.exists()

    def start(self) -> None:
        """Write /etc/kolla and start the containers."""
        directory = ETC / "nova-compute"
        directory.mkdir(parents=True)
        (directory / "nova.conf").write_text(self.conf, encoding="utf-8")
        (directory / "compute_id").write_text(str(uuid.uuid4()), encoding="utf-8")
        (directory / "config.json").write_text(json.dumps({"command": "nova-compute"}), encoding="utf-8")
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, NOVA, NOVA)
        common = ("--network", "host", *LABELS)
        mounts = [f"--tmpfs={path}:uid={NOVA},gid={NOVA}" for path in TMPFS]
        docker("create", "--name", COMPUTE, *common, "--ipc", "host", "--volume", f"{directory}:/etc/nova:ro",
               *mounts, IMAGE)  # fmt: skip
        for name in OTHERS:
            docker("run", "--detach", "--name", name, *common, "--restart", "unless-stopped", "--entrypoint", "sleep",
                   IMAGE, "infinity")  # fmt: skip
        self.unit = Unit(COMPUTE)

    def state(self) -> dict[str, object]:
        """What must not change: the files of /etc/kolla, and the other containers."""
        files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in ETC.rglob("*") if path.is_file()}
        found = json.loads(docker("inspect", *OTHERS))
        return dict(files, **{one["Name"]: (one["Id"], one["State"]["StartedAt"]) for one in found})

    def end(self) -> None:
        """Take everything away, whatever state it is in."""
        if self.unit is not None:
            self.unit.stopped.set()
        for name in (COMPUTE, *OTHERS):
            subprocess.run(["docker", "rm", "--force", name], check=False, capture_output=True)
        shutil.rmtree(ETC / "nova-compute", ignore_errors=True)
        if self.made_etc:
            shutil.rmtree(ETC, ignore_errors=True)
