# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An engine of the benchmark's own, next to any other on this machine, and an image instead of nova-compute's."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import docker
import requests.exceptions
from _common import machine
from _common.processes import Failed, kill_tree

BUSYBOX = Path("/usr/bin/busybox")
REPOSITORY, TAG = "novafleet/benchmark", "sleep"
COMMAND = ['CMD ["sleep", "infinity"]']
IMAGE = f"{REPOSITORY}:{TAG}"
LABEL = "novafleet.benchmark"
CROWD_LABEL = "novafleet.benchmark.crowd"
TROUBLE = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)
START_SECONDS, STOP_SECONDS = 60, 120


class PrivateEngine:
    """dockerd with its containerd. The data is on the real disk below a given directory.

    Sockets and state are in a directory with a short path, as that of a Unix socket must not be longer than 107 bytes.
    """

    def __init__(self, parent, runtime=None):
        """parent: Path, directory for the data.
        runtime: path of an OCI runtime to use in place of runc."""
        self.runtime = runtime
        self.state = Path(tempfile.mkdtemp(prefix="nfb", dir="/run"))
        self.data = Path(tempfile.mkdtemp(prefix="engine-", dir=parent))
        self.host = f"unix://{self.state}/docker.sock"
        self.process = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        with (self.state / "log").open("wb") as log:
            # A session of its own: Ctrl-C is for the benchmark, which needs the engine to clean up.
            self.process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self._wait()

    def _environment(self):
        return None

    def _command(self):
        config = self.state / "daemon.json"
        config.write_text("{}", encoding="utf-8")
        places = [f"--data-root={self.data}", f"--exec-root={self.state}/exec", f"--pidfile={self.state}/pid"]
        places += [f"--host={self.host}", f"--config-file={config}"]
        # Without a bridge, dockerd would delete another engine's docker0.
        bridge = [] if Path("/sys/class/net/docker0").exists() else ["--bridge=none"]
        network = [*bridge, "--iptables=false", "--ip6tables=false"]
        runtime = [f"--add-runtime=other={self.runtime}", "--default-runtime=other"] if self.runtime else []
        # dockerd has several open files for each container, more than a login allows. It gets the hard limit of this
        # process.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return ["prlimit", f"--nofile={most}", "dockerd", "--storage-driver=overlay2", *places, *network, *runtime]

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.host):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed("the engine does not start:\n" + (self.state / "log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)

    def __exit__(self, *_error):
        if self.process:
            with contextlib.suppress(*TROUBLE):
                remove_all(self.host)
            self._end()
        for mount in self._mounts():
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)

    def _end(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            kill_tree(self.process.pid)
            self.process.wait()

    def _mounts(self):
        """Mount points below the directories, the innermost first."""
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        points = [line.split()[1] for line in reversed(lines)]
        return [point for point in points if point.startswith((f"{self.state}/", f"{self.data}/"))]


class PrivatePodman(PrivateEngine):
    """The service of Podman's API, with places as PrivateEngine has them."""

    def _environment(self):
        # By default, Podman asks for limits that a machine without CAP_SYS_RESOURCE does not have.
        config = self.state / "containers.conf"
        config.write_text(
            '[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=16384:16384"]\n'
            '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nlock_type = "file"\nnum_locks = 4096\n',
            encoding="utf-8",
        )
        return dict(os.environ, CONTAINERS_CONF=str(config), TMPDIR=str(self.state))

    def _command(self):
        places = [f"--root={self.data}", f"--runroot={self.state}/run", f"--tmpdir={self.state}/tmp"]
        runtime = [f"--runtime={self.runtime}"] if self.runtime else []
        return ["podman", *places, *runtime, "--storage-driver=overlay", "system", "service", "--time=0", self.host]


KINDS = {"docker": PrivateEngine, "podman": PrivatePodman}


def is_podman(host):
    """Whether it is Podman that answers."""
    with contextlib.closing(client(host)) as one:
        return machine.is_podman(one.version())


def client(host):
    return docker.DockerClient(base_url=host, version="auto", timeout=300)


def _answers(host):
    try:
        with contextlib.closing(client(host)) as one:
            return one.ping()
    except TROUBLE:
        return False


def load_image(host):
    """Import an image with only a shell's tools. Of these, only sleep is run."""
    with contextlib.closing(client(host)) as one:
        # As one word: Podman 4.3 does not read the tag.
        one.api.import_image_from_data(_root(), repository=IMAGE, changes=COMMAND)


def remove_image(host):
    with contextlib.closing(client(host)) as one, contextlib.suppress(docker.errors.ImageNotFound):
        one.api.remove_image(IMAGE, force=True)


def remove_all(host):
    """Remove all containers that the benchmark left."""
    with contextlib.closing(client(host)) as one:
        for label in (LABEL, CROWD_LABEL):
            for entry in one.api.containers(all=True, filters={"label": label}):
                one.api.remove_container(entry["Id"], force=True)


def states(host):
    """The state of each of the benchmark's containers.

    Returns:
        dict: name -> (id, running, started at)
    """
    found = {}
    with contextlib.closing(client(host)) as one:
        for entry in one.api.containers(all=True, filters={"label": LABEL}):
            state = one.api.inspect_container(entry["Id"])["State"]
            found[entry["Names"][0].lstrip("/")] = (entry["Id"], state["Running"], state["StartedAt"])
    return found


def _root():
    """A tar archive of a root file system."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        link = tarfile.TarInfo("bin/sleep")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
        for name in ("tmp", "etc", "etc/nova", "proc", "sys", "dev"):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
    return archive.getvalue()
