# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Podman of the tests' own, beside any other on this machine, with the methods of private_engine.PrivateEngine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from private_engine import CGROUPS, PrivateEngine, _alive, _pids, _read, _remove_cgroups, image, kill_tree

# By default, Podman asks for limits that a machine without CAP_SYS_RESOURCE does not have, and takes crun where it is
# installed, which refuses control groups of both versions side by side.
CONF = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=16384:16384"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
lock_type = "file"
"""
# Podman's own time to end what it has begun.
STOP_SECONDS = 30


class PrivatePodman(PrivateEngine):
    """`podman system service` with storage, state and socket in one directory.

    Podman has no daemon: what is killed here is the service of its API, and containers do not depend on it.
    Each takes about 36 KiB.
    """

    room_for_some = 250 * 1024

    def __init__(self, *options, **more):
        super().__init__(*options, **more)
        self.host = f"unix://{self.directory}/podman.sock"
        self.conf = self.directory / "containers.conf"
        self.conf.write_text(CONF, encoding="utf-8")
        self.registries = self.directory / "registries.conf"
        self.registries.write_text('unqualified-search-registries = ["docker.io"]\n', encoding="utf-8")

    @property
    def environment(self):
        configuration = dict(CONTAINERS_CONF=str(self.conf), CONTAINERS_REGISTRIES_CONF=str(self.registries))
        return dict(os.environ, TMPDIR=str(self.directory), **configuration)

    def command(self, *words):
        """A command of this Podman, as its service runs it."""
        places = (
            "--root",
            self.data / "storage",
            "--runroot",
            self.directory / "run",
            "--tmpdir",
            self.directory / "t",
        )
        return ["podman", *map(str, places), "--storage-driver", "overlay", *words]

    def cli(self, *words):
        """Output of a command."""
        done = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        if not _alive(self.dockerd):
            (self.directory / "podman.sock").unlink(missing_ok=True)
            with (self.directory / "dockerd.log").open("ab") as log:
                self.dockerd = subprocess.Popen(
                    self.run(self.command("system", "service", "--time=0", *self.options, self.host)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self.environment,
                    start_new_session=True,
                )
        self._wait("dockerd", self.dockerd, self.answers)

    def load_image(self, name, note):
        with contextlib.closing(self.client(timeout=60)) as client:
            client.api.import_image_from_data(image(note), repository=name)

    def crash(self):
        """SIGKILL all of it, as a power cut does, after which nothing is left of what was in /run."""
        self.kill()
        for pid in self._conmons():
            shutil.rmtree(Path("/run/runc") / self._ident(pid), ignore_errors=True)
            kill_tree(pid)
        for mount in self._mounts():
            if mount != str(self.data):
                subprocess.run(["umount", "--lazy", mount], check=False)
        for name in ("run", "t"):
            shutil.rmtree(self.directory / name, ignore_errors=True)

    def conmon(self, ident):
        """Process id of what watches a container."""
        return next(pid for pid in self._conmons() if self._ident(pid) == ident)

    def _ident(self, conmon):
        words = _read(f"/proc/{conmon}/cmdline").split(b"\0")
        return words[words.index(b"-c") + 1].decode()

    @contextlib.contextmanager
    def unnoted(self):
        """Podman has no note of what is done meanwhile: that of the time before is put back."""
        note, before = self.data / "storage" / "libpod" / "bolt_state.db", self.directory / "before.db"
        self.kill()
        shutil.copy(note, before)
        self.start()
        yield
        self.kill()
        shutil.copy(before, note)
        self.start()

    def forget(self, container):
        with contextlib.closing(self.client()) as client:
            client.api.stop(container)
        with self.unnoted(), contextlib.closing(self.client()) as client:
            client.api.start(container)

    def tells_what_it_lost(self):
        return True

    def trust(self, registry):
        """registry: host and port."""
        with self.registries.open("a", encoding="utf-8") as stream:
            stream.write(f'[[registry]]\nlocation = "{registry}"\ninsecure = true\n')
        self.kill()
        self.start()

    def remove_image(self, name):
        """By name as Docker does it: Podman would remove containers of the image, or refuse."""
        if name.startswith("sha256:"):
            super().remove_image(name)
            return
        self.tag(self.image_id(name), f"kept:{time.monotonic_ns()}")
        self.cli("untag", name, f"docker.io/library/{name}")

    def _end(self):
        if _alive(self.dockerd):
            self.dockerd.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.dockerd.wait(STOP_SECONDS)
            if _alive(self.dockerd):
                self.dockerd.kill()
        for pid in self._conmons():
            kill_tree(pid)
        super()._end()
        # What another Podman still uses stays.
        for top in (*CGROUPS.glob("libpod_parent"), *CGROUPS.glob("*/libpod_parent")):
            _remove_cgroups(top)

    def _conmons(self):
        wanted = f"{self.directory}/".encode()
        return [
            pid
            for pid in _pids()
            if (words := _read(f"/proc/{pid}/cmdline").split(b"\0"))
            and os.path.basename(words[0]) == b"conmon"
            and any(word.startswith(wanted) for word in words)
        ]
