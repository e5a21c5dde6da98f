# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two Docker hosts of the tests' own, each an engine in a network namespace, and what runs on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from namespace import Namespace
from private_engine import PrivateEngine

IMAGE = "novafleet/nova-compute:34.0.0"
FLEET = "leased"
FILES = Path("/etc/novafleet-leased")
PREFIX = "nova-compute-"
HOSTS = ("docker1", "docker2")
# How often killing, freezing and cutting off are tried.
ROUNDS = int(os.environ.get("LEASE_ROUNDS", "1"))
# Where rounds are asked for, the machine is quiet, and its times are held against the bars. In a run of all stages, its
# two cores are busy, so that a test waits longer before it fails.
PATIENCE = 1 if ROUNDS > 1 else 4
# Seconds between two looks, each of which takes processor time.
PAUSE = 0.1 * PATIENCE
# Parts of containers, by the names of their processes (docs/lease.md).
ACTIVE, STANDBY, STARTING = "nova-compute", "nova-standby", "nova-lease"


class DockerHost:
    """One of them: its engine, its network, and the names that Ansible knows it by."""

    def __init__(self, name: str, ports: list[int]) -> None:
        self.name, self.network = name, Namespace(f"novafleet-{name}", ports)
        self.engine = PrivateEngine(size="2g", run=self.network.run)
        self.reachable = True

    def start(self, *images: str) -> None:
        self.engine.start()
        for image in images:
            with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saved:
                self.docker("load", stdin=saved.stdout)

    def docker(self, *arguments: str, stdin: Any = None) -> str:
        """Output of the Docker client for this engine."""
        command = ["docker", "--host", self.engine.host, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, stdin=stdin).stdout

    def container(self, service: str, *arguments: str) -> str:
        """Run a command of the Docker client on the container of a service."""
        return self.docker(*arguments, PREFIX + service)

    def log(self, service: str, since: float = 0.0, *options: str) -> str:
        """What a service's container has logged since a time."""
        command = ["docker", "--host", self.engine.host, "logs", "--since", f"{since:.3f}", *options, PREFIX + service]
        return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def logged(self, service: str, text: str, since: float) -> float:
        """When a service's container first logged a text after a time; seconds since the epoch."""
        lines = self.log(service, since, "--timestamps").splitlines()
        return stamp(next(line for line in lines if text in line))

    def services(self) -> list[str]:
        """Services that have a container, running or not."""
        options = ("--filter", f"label=novafleet.fleet={FLEET}", "--format", '{{.Label "novafleet.service"}}')
        return sorted(self.docker("ps", "--all", *options).split())

    def close(self) -> None:
        self.engine.stop()
        self.network.close()


class Site:
    """Both Docker hosts with the sandbox's cloud, and Ansible's inventory of them.

    Attributes:
        hosts: dict, name -> DockerHost.
        variables: dict, laid over those of the inventory at the next describe().
    """

    def __init__(self, directory: Path, cloud_facts: Path) -> None:
        self.directory, self.cloud = directory, json.loads(cloud_facts.read_text(encoding="utf-8"))
        self.ports = sandbox_ports(self.cloud)
        self.hosts = {name: DockerHost(name, list(self.ports.values())) for name in HOSTS}
        self.variables: dict[str, Any] = {}

    def describe(self, services: list[str], hosts: tuple[str, ...] = HOSTS, **variables: Any) -> None:
        """Write the inventory; variables are of all hosts."""
        groups = {
            "nova_compute_hosts": {"hosts": {name: self._host(name) for name in hosts}},
            "fake": {"hosts": dict.fromkeys(services)},
        }
        path = self.directory / "hosts.json"
        path.touch(mode=0o600)
        text = {"all": {"children": groups, "vars": dict(self._variables(), **variables)}}
        path.write_text(json.dumps(text), encoding="utf-8")

    def _host(self, name: str) -> dict[str, Any]:
        """The modules find a Docker host's engine by the environment that its Python is started with."""
        python = self.directory / f"python-{name}"
        host = self.hosts[name].engine.host
        python.write_text(f'#!/bin/sh\nDOCKER_HOST={host} exec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        connection = {"ansible_connection": "local"}
        if not self.hosts[name].reachable:
            # Nothing listens there.
            connection = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        return {"ansible_python_interpreter": str(python), "services_config_dir": f"{FILES}/{name}", **connection}

    def _variables(self) -> dict[str, Any]:
        return {
            "services_fleet": FLEET,
            "services_image": IMAGE,
            "services_transport_url": self.cloud["transport_url"],
            "services_placement": self.cloud["placement"],
            "services_cloud": "sandbox",
            "services_clouds_file": self.cloud["clouds_file"],
            "services_discover_host": "localhost",
            "services_discover_command": self.cloud["discover_command"],
            "services_standby": 1,
        }

    def play(self, playbook: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        done = subprocess.run(
            self.command(playbook, *arguments), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert not check or done.returncode == 0, done.stdout[-5000:]
        return done

    def command(self, playbook: str, *arguments: str) -> list[str]:
        inventory = str(self.directory / "hosts.json")
        return ["ansible-playbook", "--inventory", inventory, f"novafleet.compute.{playbook}", *arguments]

    def deploy(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        return self.play("deploy", "--tags", "services", *arguments, check=check)

    def parts(self, service: str) -> dict[str, str]:
        """Docker host -> name of the process that the service's container runs there, where it runs."""
        found = {}
        for name, host in self.hosts.items():
            if host.engine.answers() and service in host.services():
                part = part_of(host, service)
                if part:
                    found[name] = part
        return found

    def where(self, service: str, part: str) -> str | None:
        """The Docker host on which a service's container plays a part."""
        return next((name for name, found in self.parts(service).items() if found == part), None)

    def settled(self, service: str, seconds: float = 60) -> tuple[DockerHost, DockerHost]:
        """The Docker hosts of the active container and of the tested standby, once there are both."""
        done = wait_until(lambda: sorted(self.parts(service).values()) == [ACTIVE, STANDBY], seconds, pause=5 * PAUSE)
        assert done is not None, self.parts(service)
        active, standby = self.where(service, ACTIVE), self.where(service, STANDBY)
        assert active and standby
        return self.hosts[active], self.hosts[standby]

    def close(self) -> None:
        for host in self.hosts.values():
            host.close()


def stamp(line: str) -> float:
    """Time of a line of a container's log with the engine's timestamps; seconds since the epoch."""
    return datetime.fromisoformat(line[:26] + "+00:00").timestamp()


def part_of(host: DockerHost, service: str) -> str | None:
    """Name of the process of a service's container, below Docker's small init."""
    pid = json.loads(host.container(service, "inspect"))[0]["State"]["Pid"]
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return Path(f"/proc/{children[0]}/comm").read_text(encoding="ascii").strip() if children else None
    except OSError:
        return None


def sandbox_ports(cloud: dict) -> dict[str, int]:
    """Ports of the sandbox that a nova-compute needs, by what they are of."""
    bus = int(cloud["transport_url"].rpartition(":")[2].partition("/")[0])
    keystone = int(cloud["placement"]["auth_url"].rpartition(":")[2].partition("/")[0])
    # The others are those of roles/sandbox/defaults.
    return {"bus": bus, "keystone": keystone, "placement": 18778, "nova": 18774, "glance": 19292, "network": 19696}


def wait_until(condition: Any, seconds: float, pause: float = PAUSE) -> float | None:
    """Seconds until a condition holds, or None if it does not within a number of seconds, or PATIENCE times as many."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds * PATIENCE:
        if condition():
            return time.monotonic() - begin
        time.sleep(pause)
    return None
