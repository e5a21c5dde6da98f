# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud that a user has: the sandbox, on this machine. ssh forwards its ports to the bare machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import yaml
from debian import CACHE, TOP, Debian

DIRECTORY = CACHE / "cloud"
# The playbook writes it next to the inventory.
FACTS = DIRECTORY / "cloud.json"
IMAGE = "novafleet/nova-compute:34.0.0"
ARCHIVE = CACHE / "nova-compute.tar"
CLUSTERS = ("DC0_C0", "DC0_C1")
# The sandbox's ports, on loopback: RabbitMQ, Keystone, placement, nova, Glance, network, vCenter.
PORTS = (5673, 15000, 18778, 18774, 19292, 19696, 18989)
FORWARD_SECONDS = 20
# More than on an idle machine.
SANDBOX_SECONDS = 900


def start() -> None:
    """Run the sandbox with the quick start's playbook, without its services, and save its image of nova-compute."""
    shutil.copytree(TOP / "playbooks" / "quickstart_inventory", DIRECTORY / "inventory", dirs_exist_ok=True)
    _play("quickstart", "--skip-tags", "services,status,boot", "--extra-vars", f"sandbox_timeout={SANDBOX_SECONDS}")
    ARCHIVE.unlink(missing_ok=True)
    subprocess.run(["docker", "save", "--output", ARCHIVE, IMAGE], check=True)


def remove() -> None:
    """Remove the sandbox, and leave the images for the next run."""
    _play("quickstart_down", "--extra-vars", "quickstart_keep_images=true")
    shutil.rmtree(DIRECTORY)


def _play(name: str, *options: str) -> None:
    command = ["ansible-playbook", "-i", DIRECTORY / "inventory", f"novafleet.compute.{name}", *options]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class Cloud:
    """What a user has of the cloud: addresses, accounts and a certificate."""

    def __init__(self) -> None:
        facts = json.loads(FACTS.read_text(encoding="utf-8"))
        self.placement, self.vcenter = facts["placement"], facts["vcenter"]
        account, _at, self.bus = facts["transport_url"].removeprefix("rabbit://").rstrip("/").partition("@")
        self.ca_file, self.discover = facts["ca_file"], facts["discover_command"]
        self.vault = dict(
            vault_rabbitmq_password=account.partition(":")[2],
            vault_nova_password=self.placement["password"],
            vault_neutron_password=self.placement["password"],
            vault_vcenter_password=self.vcenter["host_password"],
        )
        clouds = yaml.safe_load(Path(facts["clouds_file"]).read_text(encoding="utf-8"))
        self.clouds = yaml.safe_dump({"clouds": {"mycloud": clouds["clouds"]["sandbox"]}})

    def adapted(self, path: str, content: str) -> str:
        """A file of README with this cloud's values."""
        for example, ours in self._values()[path]:
            assert example in content, f"README's {path} has no {example}"
            content = content.replace(example, ours)
        return content

    def _values(self) -> dict[str, list[tuple[str, str]]]:
        """The examples in each file of README, and this cloud's values."""
        image = f"nova_image_source: load\nnova_image_archive: {ARCHIVE}\nnova_image_reference: {IMAGE}\n"
        vcenter = f"host_ip: {self.vcenter['host_ip']}, host_port: {self.vcenter['host_port']}"
        return {
            "inventory/hosts.yml": [("Cluster 1", CLUSTERS[0]), ("Cluster 2", CLUSTERS[1])],
            "inventory/group_vars/all/main.yml": [
                ("bus.example.com", self.bus),
                ("https://keystone.example.com:5000/v3", self.placement["auth_url"]),
            ],
            "inventory/group_vars/nova_compute_hosts.yml": [
                ("nova_image_release: epoxy ", f"{image}# "),
                ("[nova-manage, cell_v2, discover_hosts, --by-service]", json.dumps(self.discover)),
            ],
            "inventory/group_vars/vcenter.yml": [
                ("host_ip: vc1.example.com", vcenter),
                ("nova@vsphere.local", self.vcenter["host_username"]),
                ("/etc/ssl/vcenter.pem", self.ca_file),
            ],
        }


class Forwarding:
    """The cloud's ports on a machine's loopback address."""

    def __init__(self, machine: Debian) -> None:
        options = [option for port in PORTS for option in ("-R", f"127.0.0.1:{port}:127.0.0.1:{port}")]
        command = machine.ssh("-N", "-o", "ExitOnForwardFailure=yes", *options)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + FORWARD_SECONDS
        probe = f"import socket; socket.create_connection(('127.0.0.1', {PORTS[-1]}), 1)"
        while subprocess.run([*machine.ssh(), f'python3 -c "{probe}"'], check=False, capture_output=True).returncode:
            assert self.process.poll() is None and time.monotonic() < deadline, "ssh does not forward the ports"
            time.sleep(0.2)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
