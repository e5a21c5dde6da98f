# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A swarm of the tests' own: three engines, each in a network of its own, and a registry.

The networks are namespaces, linked by a bridge in one more, in which the registry runs. So nothing of it is in this
machine's own network, whose firewall another engine may have changed.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import docker.errors
from private_engine import TROUBLE, PrivateEngine

NAMES = ("docker1", "docker2", "docker3")
# In which a leader is elected, also on a busy machine.
MANAGER_SECONDS = 120
LAN, REGISTRY = "nf-lan", "10.77.0.254:5000"
# Debian's package docker-registry.
REGISTRY_CONFIG = """
version: 0.1
storage:
  filesystem: {{rootdirectory: {directory}}}
http: {{addr: "{address}"}}
"""
AS_HOST = 'hostname "$0" && exec "$@"'


def ip(*arguments, check=True):
    subprocess.run(["ip", *arguments], check=check, capture_output=True)


class SwarmNode:
    """A machine of the swarm: its network and its engine."""

    def __init__(self, name, number, size):
        self.name, self.address, self.space = name, f"10.77.0.{number}", f"nf-{name}"
        ip("netns", "delete", self.space, check=False)
        ip("netns", "add", self.space)
        ip("-n", self.space, "link", "set", "lo", "up")
        ip("-n", LAN, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        ip("-n", LAN, "link", "set", name, "master", "bridge", "up")
        ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self.space, "link", "set", "eth0", "up")
        ip("-n", self.space, "route", "add", "default", "via", "10.77.0.254")
        self.engine = PrivateEngine("--insecure-registry", REGISTRY, size=size, run=self.run)

    def run(self, command):
        """The command that runs another one on this machine."""
        network = ["nsenter", f"--net=/run/netns/{self.space}"]
        return [*network, "unshare", "--uts", "sh", "-c", AS_HOST, self.name, *map(str, command)]

    def cut(self):
        """Nothing passes, and neither side gets an error."""
        ip("-n", LAN, "link", "set", self.name, "down")

    def heal(self):
        ip("-n", LAN, "link", "set", self.name, "up")

    def cut_registry(self):
        ip("-n", self.space, "route", "add", "blackhole", "10.77.0.254/32")

    def heal_registry(self):
        ip("-n", self.space, "route", "delete", "blackhole", "10.77.0.254/32", check=False)

    def crash(self):
        """As a power cut."""
        self.engine.crash()

    def running(self, label):
        """Label's values -> ids of the running containers that have it, as this engine lists them."""
        with contextlib.closing(self.engine.client()) as client:
            found = client.api.containers(filters={"label": label})
        return {entry["Labels"][label]: entry["Id"] for entry in found}

    def close(self):
        self.engine.stop()
        ip("netns", "delete", self.space, check=False)


class PrivateSwarm:
    """All machines are managers, so that any of them may be lost."""

    def __init__(self, size="1g"):
        """size: what each engine may write."""
        self.directory = Path(tempfile.mkdtemp(prefix="nfswarm", dir="/var/tmp"))
        ip("netns", "delete", LAN, check=False)
        ip("netns", "add", LAN)
        ip("-n", LAN, "link", "set", "lo", "up")
        ip("-n", LAN, "link", "add", "bridge", "type", "bridge")
        ip("-n", LAN, "addr", "add", "10.77.0.254/24", "dev", "bridge")
        ip("-n", LAN, "link", "set", "bridge", "up")
        self.nodes = {name: SwarmNode(name, number, size) for number, name in enumerate(NAMES, 1)}
        self.registry = self._start_registry()

    def _start_registry(self):
        config = self.directory / "registry.yml"
        config.write_text(REGISTRY_CONFIG.format(directory=self.directory / "images", address=REGISTRY))
        with (self.directory / "registry.log").open("wb") as log:
            command = ["nsenter", f"--net=/run/netns/{LAN}", "docker-registry", "serve", str(config)]
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def start(self):
        for node in self.nodes.values():
            node.engine.start()
        first, *others = self.nodes.values()
        with self.client(first) as api:
            api.init_swarm(advertise_addr=first.address, listen_addr=first.address)
            token = api.inspect_swarm()["JoinTokens"]["Manager"]
        for node in others:
            with self.client(node) as api:
                api.join_swarm([first.address], token, listen_addr=node.address, advertise_addr=node.address)

    @contextlib.contextmanager
    def client(self, node=None, timeout=30):
        """docker.APIClient of a machine, by default of the first that answers as a manager."""
        with contextlib.closing(docker.APIClient(self.manager(node).engine.host, "1.41", timeout)) as api:
            yield api

    def manager(self, node=None):
        """The machine given, or the first one that answers as a manager; they may be electing a leader."""
        if node:
            return node
        found = []

        def look():
            found.extend(one for one in self.nodes.values() if self._manages(one))
            return found

        assert wait_until(look, MANAGER_SECONDS) is not None, "no manager answers"
        return found[0]

    def _manages(self, node):
        try:
            with self.client(node, timeout=5) as api:
                return bool(api.nodes())
        except TROUBLE:
            return False

    def leader(self):
        with self.client() as api:
            entries = api.nodes()
        found = [entry for entry in entries if (entry.get("ManagerStatus") or {}).get("Leader")]
        return self.nodes[found[0]["Description"]["Hostname"]]

    def push(self, image):
        """Bring an image of the first engine to the registry. Return its name there."""
        first = next(iter(self.nodes.values()))
        repository, _colon, tag = image.partition(":")
        with self.client(first, timeout=300) as api:
            api.tag(image, f"{REGISTRY}/{repository}", tag)
            for line in api.push(f"{REGISTRY}/{repository}", tag, stream=True, decode=True):
                assert "error" not in line, line
            api.remove_image(f"{REGISTRY}/{repository}:{tag}")
        return f"{REGISTRY}/{image}"

    def node_id(self, name):
        with self.client() as api:
            return next(entry["ID"] for entry in api.nodes() if entry["Description"]["Hostname"] == name)

    def set_availability(self, name, availability):
        with self.client() as api:
            entry = api.inspect_node(self.node_id(name))
            spec = dict(entry["Spec"], Availability=availability)
            api.update_node(entry["ID"], entry["Version"]["Index"], spec)

    def states(self):
        """Host name -> state and availability of each node."""
        with self.client() as api:
            return {
                entry["Description"]["Hostname"]: (entry["Status"]["State"], entry["Spec"]["Availability"])
                for entry in api.nodes()
            }

    def close(self):
        for node in self.nodes.values():
            node.heal()
            node.close()
        self.registry.terminate()
        self.registry.wait()
        ip("netns", "delete", LAN, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(condition, seconds, pause=0.2):
    """Seconds until a condition holds; None if it does not in time. Engines that do not answer are borne."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        with contextlib.suppress(*TROUBLE):
            if condition():
                return time.monotonic() - begin
        time.sleep(pause)
    return None
