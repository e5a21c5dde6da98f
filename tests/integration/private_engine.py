# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker engine of the tests' own, which they may kill, freeze and fill up, beside any other on this machine."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import docker
import docker.errors
import requests.exceptions

BUSYBOX = Path("/usr/bin/busybox")
# Version 2, and below it the controllers of version 1.
CGROUPS = Path("/sys/fs/cgroup")
APPLETS = ("sh", "sleep", "true", "false")
# busybox as Debian builds it has none.
FLOCK = Path("/usr/bin/flock")
# Everything that the SDK raises at an engine that is dead, frozen, or on its way.
TROUBLE = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)
START_SECONDS = 120
# What the engine may write; some tests fill it up.
DATA_SIZE = "256m"
# moby, libcontainerd/replace.go; seen with 26.1.5 and 28.5.2, and not with 20.10.24.
FIRST_TO_REPLACE_WHAT_IT_LOST = 23


class Images:
    """The images of an engine with a client."""

    def load_image(self, name, note):
        """Import an image of nothing but busybox and flock; notes make images differ."""
        repository, _colon, tag = name.partition(":")
        with contextlib.closing(self.client(timeout=60)) as client:
            client.api.import_image_from_data(image(note), repository=repository, tag=tag)

    def image_id(self, name):
        with contextlib.closing(self.client()) as client:
            return client.api.inspect_image(name)["Id"]

    def remove_image(self, name):
        with contextlib.closing(self.client()) as client:
            client.api.remove_image(name, force=True)

    def remove_all_images(self):
        with contextlib.closing(self.client(timeout=60)) as client:
            for entry in client.api.images():
                client.api.remove_image(entry["Id"], force=True)

    def tag(self, ident, name):
        repository, _colon, tag = name.partition(":")
        with contextlib.closing(self.client()) as client:
            client.api.tag(ident, repository, tag)


class PrivateEngine(Images):
    """dockerd and its containerd, all of whose sockets, state and data are in one directory.

    The directory's path is short, as the path of a Unix socket has at most 107 bytes.  The data is on
    a tmpfs: quick, and full when a test wants it to be.  containerd is a process of its own, as it is
    in every distribution, so that it and the containers survive dockerd.

    Attributes:
        room_for_some: bytes that some of ten containers take, and not all: each takes about 72 KiB.
    """

    room_for_some = 600 * 1024

    def __init__(self, *options, size=DATA_SIZE, run=list):
        """Arguments:
        options: further ones of dockerd.
        size: what it may write, as mount(8) takes it for a tmpfs.
        run: turns a command into one that runs it, such as in a network namespace.
        """
        self.options, self.run = options, run
        self.directory = Path(tempfile.mkdtemp(prefix="nf", dir="/var/tmp"))
        self.data = self.directory / "data"
        self.host = f"unix://{self.directory}/docker.sock"
        self.dockerd = self.containerd = None
        self.kills = 0
        self.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.data], check=True)

    def client(self, timeout=10):
        return docker.DockerClient(base_url=self.host, version="1.40", timeout=timeout)

    def start(self):
        """Start what does not run, and wait until it answers."""
        if not _alive(self.containerd):
            self.containerd = self._spawn("containerd", self._containerd())
            # As systemd does. A dockerd that comes too early answers, and starts nothing for seconds.
            self._wait("containerd", self.containerd, self._containerd_listens)
        if not _alive(self.dockerd):
            self.dockerd = self._spawn("dockerd", self._dockerd())
        self._wait("dockerd", self.dockerd, self.answers)

    def _wait(self, name, process, ready):
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            assert _alive(process), f"{name} ended:\n{self.log(name)}"
            assert time.monotonic() < deadline, f"{name} does not answer:\n{self.log(name)}"
            time.sleep(0.05)

    def _containerd_listens(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
            return probe.connect_ex(str(self._socket())) == 0

    def _containerd(self):
        # Its plugins for Kubernetes and for other file systems only cost time.
        config = self.directory / "containerd.toml"
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n', encoding="utf-8")
        places = ("--address", self._socket(), "--root", self.data / "containerd", "--state", self.directory / "state")
        return ["containerd", "--config", config, *places]

    def _dockerd(self):
        places = ("--data-root", self.data / "docker", "--exec-root", self.directory / "exec")
        places += ("--pidfile", self.directory / "docker.pid", "--config-file", self._no_config())
        network = (*_bridge(), "--iptables=false", "--ip6tables=false")
        # A place of its own, as what a killed engine leaves there is to be found again.
        cgroups = ("--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", self.directory.name)
        return [
            "dockerd",
            "--host",
            self.host,
            "--containerd",
            self._socket(),
            *places,
            *network,
            *cgroups,
            *self.options,
        ]

    def _no_config(self):
        path = self.directory / "daemon.json"
        path.write_text("{}", encoding="utf-8")
        return path

    def _socket(self):
        return self.directory / "containerd.sock"

    def _spawn(self, name, command):
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                self.run(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def log(self, name="dockerd"):
        return (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def answers(self):
        with contextlib.closing(self.client(timeout=2)) as client:
            try:
                return client.ping()
            except TROUBLE:
                return False

    def kill(self, containerd=False):
        """SIGKILL dockerd, and containerd too if asked; containers live on until dockerd is back and ends them."""
        self.kills += 1
        for process in (self.dockerd, self.containerd if containerd else None):
            if process:
                process.kill()
                process.wait()

    def crash(self):
        """SIGKILL the engine and all of its containers, as a power cut does."""
        self.kill(containerd=True)
        for pid in self._shims():
            kill_tree(pid)

    def forget(self, container):
        """Have the engine take a container that runs for one that was never started, as if killed before its note."""
        self.kill()
        for path in (self.data / "docker" / "containers").glob("*/config.v2.json"):
            config = json.loads(path.read_text(encoding="utf-8"))
            if config["Name"] == f"/{container}":
                config["State"].update(Running=False, Pid=0, StartedAt="0001-01-01T00:00:00Z")
                path.write_text(json.dumps(config), encoding="utf-8")
        self.start()

    def tells_what_it_lost(self):
        """A newer engine starts it again and again, and tells nobody that it lost anything."""
        with contextlib.closing(self.client()) as client:
            return int(client.version()["Version"].partition(".")[0]) < FIRST_TO_REPLACE_WHAT_IT_LOST

    def trust(self, registry):
        """A registry of this machine needs no TLS."""

    def freeze(self):
        self.dockerd.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.dockerd.send_signal(signal.SIGCONT)

    def free(self):
        """Bytes that the engine may still write."""
        state = os.statvfs(self.data)
        return state.f_bavail * state.f_frsize

    def fill(self, leave):
        """Take the engine's space, but for so many bytes."""
        with (self.data / "filler").open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, self.free() - leave)

    def make_room(self):
        (self.data / "filler").unlink()

    def stop(self):
        """End all of it and delete the directory, whatever state it is in."""
        try:
            self._remove_containers()
        finally:
            self._end()

    def _remove_containers(self):
        if not _alive(self.dockerd):
            return
        self.thaw()
        # What cannot be removed is killed afterwards, found by the engine's directory in its command line.
        with contextlib.closing(self.client(timeout=30)) as client, contextlib.suppress(*TROUBLE):
            for container in client.api.containers(all=True):
                client.api.remove_container(container["Id"], force=True)

    def _end(self):
        for process in (self.dockerd, self.containerd):
            if _alive(process):
                _end(process)
        for pid in self._shims():
            kill_tree(pid)
        for mount in self._mounts():
            subprocess.run(["umount", "--lazy", mount], check=False)
        for top in (*CGROUPS.glob(self.directory.name), *CGROUPS.glob(f"*/{self.directory.name}")):
            _remove_cgroups(top)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _shims(self):
        wanted = str(self._socket()).encode()
        return [pid for pid in _pids() if wanted in _read(f"/proc/{pid}/cmdline").split(b"\0")]

    def _mounts(self):
        """Mount points below the directory, the innermost first."""
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        return [line.split()[1] for line in reversed(lines) if line.split()[1].startswith(f"{self.directory}/")]


def _bridge():
    """What keeps an engine from making docker0.  Where it exists, dockerd would delete it, although it is another's."""
    return [] if Path("/sys/class/net/docker0").exists() else ["--bridge=none"]


def _alive(process):
    return process is not None and process.poll() is None


def _end(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove_cgroups(top):
    for path, _directories, _files in os.walk(top, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)


def _pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def descendants(pid):
    """Ids of a process's children, their children and so on, whatever session they moved to."""
    parents = {}
    for one in _pids():
        # proc(5): the parent is the second field after the name, which is in parentheses.
        fields = _read(f"/proc/{one}/stat").rpartition(b")")[2].split()
        if fields:
            parents.setdefault(int(fields[1]), []).append(one)
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def kill_tree(pid):
    """SIGKILL a process and all below it; they are stopped first, lest one of them begets another."""
    signal_tree(pid, signal.SIGSTOP)
    signal_tree(pid, signal.SIGKILL)


def signal_tree(pid, kind):
    for one in (pid, *descendants(pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, kind)


def tree(pid):
    """Lines about a process and all below it: what they wait for, for messages."""
    return "\n".join(
        f"{one} {_read(f'/proc/{one}/wchan')} {_read(f'/proc/{one}/cmdline')[:200]}" for one in (pid, *descendants(pid))
    )


def _libraries(program):
    """Paths of what the dynamic linker loads for a program, and of itself."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines()
    return [word for line in lines for word in line.split() if word.startswith("/")]


def image(note):
    """A tar archive of a root file system."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for path in (FLOCK, *map(Path, _libraries(FLOCK))):
            tar.add(path.resolve(), str(path))
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        text = note.encode()
        member = tarfile.TarInfo("note")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
        for name in ("tmp", "etc", "etc/nova", "claims", "proc", "sys", "dev"):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
    return archive.getvalue()
