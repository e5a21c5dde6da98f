# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vCenter simulator of role sandbox as a process of the tests' own, built once and kept in .cache/test.

Needs the Debian packages golang-go, golang-github-vmware-govmomi-dev and patch.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCES = TOP / "roles" / "sandbox" / "files" / "vcenter"
CACHE = TOP / ".cache" / "test" / "vcsim"
GOPATH = Path("/usr/share/gocode")
GOVMOMI = Path("src/github.com/vmware/govmomi")
ADDRESS = "127.0.0.1"
START_SECONDS = 120


@dataclass
class Simulator:
    """One vCenter that runs.

    Attributes:
        address, port: where it listens.
        username, password: its only account.
        ca_file: Path of the certificate authority that verifies it.
        process: subprocess.Popen.
    """

    address: str
    port: int
    username: str
    password: str
    ca_file: Path
    process: subprocess.Popen

    def stop(self):
        """End it, if it still runs."""
        self.process.terminate()
        self.process.wait(10)

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), timeout=1):
            return True
        return False


def build():
    """The program, compiled if it is not there or its sources changed.

    Returns:
        Path

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    program = CACHE / f"vcenter-{_digest()}"
    if not program.exists():
        shutil.rmtree(CACHE / "gopath", ignore_errors=True)
        _patched(CACHE / "gopath" / GOVMOMI)
        _compile(program)
    return program


def start(directory, clusters=1, hosts_per_cluster=1, username="user", password="secret", wsdl=None):
    """Start a vCenter with one data centre DC0, clusters DC0_C0, DC0_C1 and so on, and one datastore for them all.

    Args:
        directory: Path, takes its certificate, configuration and log.
        clusters: how many there are.
        hosts_per_cluster: ESX hosts in each.
        username, password: the account that may log in.
        wsdl: Path of a description of its interface, which nova's driver asks it for, or None.

    Returns:
        Simulator
    """
    directory.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    configuration = dict(Listen=f"{ADDRESS}:{port}", Names=[ADDRESS, "localhost"], Username=username)
    configuration.update(Password=password, Clusters=clusters, HostsPerCluster=hosts_per_cluster, DatastoreGB=100)
    configuration.update(Directory=str(directory), WSDL=str(wsdl or directory / "none.wsdl"))
    path = directory / "vcenter.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen([build(), path], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    started = Simulator(ADDRESS, port, username, password, directory / "ca.pem", process)
    _wait(started, directory / "log")
    return started


def _digest():
    digest = hashlib.sha256()
    for path in sorted([*SOURCES.glob("*.go"), SOURCES / "govmomi.patch"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _patched(target):
    """A copy, as the system's own sources are the system's."""
    shutil.copytree(GOPATH / GOVMOMI, target, symlinks=True)
    with (SOURCES / "govmomi.patch").open("rb") as patch:
        subprocess.run(["patch", "--silent", "--strip=1", f"--directory={target}"], stdin=patch, check=True)


def _compile(program):
    """The directory of the patched copy comes first in GOPATH, so that it wins."""
    environment = dict(os.environ, CGO_ENABLED="0", GO111MODULE="off", GOFLAGS="", GOCACHE=str(CACHE / "gocache"))
    environment["GOPATH"] = f"{CACHE / 'gopath'}:{GOPATH}"
    part = program.with_suffix(".part")
    subprocess.run(["go", "build", "-ldflags", "-s -w", "-o", part, "."], cwd=SOURCES, env=environment, check=True)
    part.rename(program)


def _free_port():
    with socket.create_server((ADDRESS, 0)) as listener:
        return listener.getsockname()[1]


def _wait(simulator, log):
    deadline = time.monotonic() + START_SECONDS
    while not simulator.answers():
        assert simulator.process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        assert time.monotonic() < deadline, f"the vCenter simulator does not listen: {log}"
        time.sleep(0.05)
