# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests of a converged scenario share: its inventory, its cloud, its containers, and Ansible itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import openstack
import pytest
import testinfra
from hypervisors import connected

PREFIX = "nova-compute-"


@pytest.fixture(scope="session")
def inventory_dir():
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"


@pytest.fixture(scope="session")
def services(inventory_dir):
    """Service hosts that the inventory asks for, from the inventory itself."""
    command = ["ansible-inventory", "--inventory", str(inventory_dir / "hosts"), "--list"]
    groups = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = [
        host
        for name in ("fake", "vcenter", "xenserver", "libvirt", "ironic")
        for host in groups.get(name, {}).get("hosts", [])
    ]
    assert found
    return sorted(found)


@pytest.fixture(scope="session")
def secrets(inventory_dir):
    """Every password of the sandbox."""
    found = [path.read_text(encoding="utf-8").strip() for path in (inventory_dir / "../secrets").iterdir()]
    assert found
    return found


@pytest.fixture(scope="session")
def cloud(inventory_dir):
    path = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))["clouds_file"]
    config = openstack.config.OpenStackConfig(config_files=[path])
    return openstack.connection.Connection(config=config.get_one("sandbox"))


@pytest.fixture(scope="module")
def hypervisors(inventory_dir, services):
    """The simulated vCenter's clusters, or the simulated XenServers."""
    accounts = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))
    with connected(accounts, services) as found:
        yield found


@pytest.fixture(scope="session")
def containers(services):
    """Service host to a testinfra host that runs its commands in the service's container."""
    return {name: testinfra.get_host(f"docker://root@{PREFIX}{name}") for name in services}


@pytest.fixture(scope="session")
def play(inventory_dir):
    """A function that runs a playbook on the scenario's inventory and returns the finished process.

    Its stdout holds stderr too, where Molecule's configuration sends what fails.
    """

    def run(*arguments, check=True):
        command = ["ansible-playbook", "--inventory", str(inventory_dir / "hosts"), *arguments]
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=inventory_dir
        )
        assert not check or done.returncode == 0, done.stdout[-5000:]
        return done

    return run
