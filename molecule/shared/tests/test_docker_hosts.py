# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet over three Docker engines: a host more takes its share, and a dead one's services go elsewhere.

The first engine is this machine's, the others are the tests' own, and one of these dies.  The tests go on from each
other in their order.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helper import computes, docker, eventually, identities

sys.path.append(str(Path(__file__).parents[3] / "tests" / "integration"))

from private_engine import PrivateEngine

# Services that the dying engine has in the end. Each costs 2.5 CPU seconds three times.
# Whatever the driver is.
pytestmark = pytest.mark.once

LOST = int(os.environ.get("NOVAFLEET_TEST_LOST_SERVICES", "2"))
NAMES = [f"several-{number:03d}" for number in range(1, LOST + 5)]
IMAGE = "novafleet/nova-compute:34.0.0"
FILES = Path("/etc/novafleet-several")
DEPLOY = ("novafleet.compute.deploy", "--tags", "services")
FAILOVER = ("novafleet.compute.failover", "--extra-vars", '{"services_failover": ["docker2"]}')
# By our word. What is dead here is known to be dead: there is no need to listen for long.
FENCED = ("--extra-vars", '{"services_failover_fenced": ["docker2"], "services_heartbeat_watch": 3}')


class Site:
    """Three Docker hosts, as Ansible and as the tests see them."""

    def __init__(self, directory, cloud_facts, engines):
        self.directory, self.engines = directory, engines
        self.cloud = json.loads(cloud_facts.read_text(encoding="utf-8"))

    def describe(self, hosts):
        """Write the inventory with some of the Docker hosts: the one that will die is worth half of LOST others."""
        found = {host: self._host(host, LOST / 2 if host == "docker2" else 1) for host in hosts}
        groups = {"nova_compute_hosts": {"hosts": found}, "fake": {"hosts": dict.fromkeys(NAMES)}}
        path = self.directory / "hosts.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"all": {"children": groups, "vars": self._variables()}}), encoding="utf-8")

    def _host(self, host, weight):
        """The modules find a Docker host's engine by the environment that its Python is started with."""
        python = self.directory / f"python-{host}"
        python.write_text(f'#!/bin/sh\nDOCKER_HOST={self.engines[host]} exec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        files = {"services_config_dir": f"{FILES}/{host}"}
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(python),
            "services_weight": weight,
            **files,
        }

    def _variables(self):
        return {
            "services_fleet": "several",
            "services_image": IMAGE,
            "services_transport_url": self.cloud["transport_url"],
            "services_placement": self.cloud["placement"],
            "services_cloud": "sandbox",
            "services_clouds_file": self.cloud["clouds_file"],
            "services_discover_command": self.cloud["discover_command"],
            "services_api_host": "docker1",
            "services_max_unavailable": "100%",
        }

    def play(self, *arguments, check=True):
        command = ["ansible-playbook", "--inventory", str(self.directory / "hosts.json"), *arguments]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert not check or done.returncode == 0, done.stdout[-5000:]
        return done

    def containers(self, host, *options):
        """Names of services whose containers are on a Docker host; options as docker ps takes them."""
        return docker("--host", self.engines[host], "ps", *options, "--filter", "label=novafleet.fleet=several",
                      "--format", '{{.Label "novafleet.service"}}').split()  # fmt: skip

    def running(self):
        return {host: sorted(self.containers(host)) for host in self.engines}


@pytest.fixture(scope="module")
def second():
    """The engine that will die."""
    yield from _engine()


@pytest.fixture(scope="module")
def third():
    yield from _engine()


def _engine():
    private = PrivateEngine(size="2g")
    try:
        private.start()
        with subprocess.Popen(["docker", "save", IMAGE], stdout=subprocess.PIPE) as image:
            subprocess.run(
                ["docker", "--host", private.host, "load"], stdin=image.stdout, check=True, capture_output=True
            )
        yield private
    finally:
        private.stop()


@pytest.fixture(scope="module")
def site(inventory_dir, tmp_path_factory, cloud, second, third):
    engines = {"docker1": "unix:///var/run/docker.sock", "docker2": second.host, "docker3": third.host}
    made = Site(tmp_path_factory.mktemp("several"), inventory_dir / "../cloud.json", engines)
    yield made
    for engine in (second, third):
        engine.crash()
    for name in made.containers("docker1", "--all"):
        docker("rm", "--force", f"nova-compute-{name}")
    for name, record in computes(cloud).items():
        if name in NAMES:
            cloud.compute.delete_service(record)
    shutil.rmtree(FILES, ignore_errors=True)


@pytest.fixture(scope="module")
def before(site, cloud):
    """Identities of all services once they are on two Docker hosts."""
    site.describe(["docker1", "docker2"])
    site.play(*DEPLOY)
    assert sorted(name for names in site.running().values() for name in names) == NAMES
    site.describe(site.engines)
    return identities(cloud, NAMES)


def up(cloud):
    return {computes(cloud)[name].state for name in NAMES} == {"up"}


@pytest.mark.usefixtures("before")
def test_check_mode_shows_the_moves(site):
    running = site.running()
    done = site.play(*DEPLOY, "--check", "--extra-vars", "services_move=balanced")
    assert done.stdout.count(' docker3"') == 2
    assert site.running() == running


def test_a_docker_host_more_takes_its_share_and_no_more(site, before, cloud):
    running = site.running()
    site.play(*DEPLOY, "--extra-vars", "services_move=balanced")
    after = site.running()
    assert [len(names) for names in after.values()] == [2, LOST, 2]
    assert set(after["docker1"]) < set(running["docker1"]) or set(after["docker2"]) < set(running["docker2"])
    assert all(set(after[host]) <= set(running[host]) for host in ("docker1", "docker2"))
    assert identities(cloud, NAMES) == before and up(cloud)


@pytest.mark.usefixtures("before")
def test_a_docker_host_that_is_cut_off_keeps_its_services(site, second):
    """Its engine does not answer, and its containers live on, whatever somebody says."""
    running = site.running()
    second.kill()
    del site.engines["docker2"]
    done = site.play(*DEPLOY, "--limit", "docker1,docker3")
    assert f"{', '.join(running['docker2'])}: left out" in done.stdout
    done = site.play(*FAILOVER, "--extra-vars", '{"services_failover_fenced": ["docker2"]}', check=False)
    assert done.returncode != 0 and "changed=0" in done.stdout
    assert [name for name in running["docker2"] if f"{name}: lives: its heartbeat moved on" not in done.stdout] == []
    assert site.running() == {host: running[host] for host in ("docker1", "docker3")}


def test_services_of_a_dead_docker_host_come_up_elsewhere_with_their_identities(site, before, cloud, second):
    running = site.running()
    second.crash()
    site.play(*FAILOVER, *FENCED)
    after = site.running()
    assert sorted(name for names in after.values() for name in names) == NAMES
    assert all(set(after[host]) > set(running[host]) for host in running)
    assert identities(cloud, NAMES) == before and up(cloud)
    assert "changed=0" in site.play(*FAILOVER, *FENCED).stdout


@pytest.mark.usefixtures("before")
def test_a_docker_host_that_comes_back_starts_nothing_and_is_cleared(site, second):
    second.start()
    site.engines["docker2"] = second.host
    assert len(site.containers("docker2", "--all")) == LOST
    assert not eventually(lambda: site.containers("docker2"), 5)
    assert "docker2" in site.play(*DEPLOY, "--check", check=False).stdout
    site.play("novafleet.compute.failover_return", "--extra-vars", '{"services_returned": ["docker2"]}')
    assert site.containers("docker2", "--all") == []
    assert not list(FILES.glob("docker2*"))
