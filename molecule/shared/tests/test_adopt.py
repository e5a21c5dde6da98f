# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A nova-compute that was run by other means is taken over by a container, as the same service, once it is stopped."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from helper import another_heartbeat, compute_nodes, computes, docker, eventually, identities, inspect, log_of

# Whatever the driver is.
pytestmark = pytest.mark.once

NAME = "elsewhere.example.com"
IMAGE = "novafleet/nova-compute:34.0.0"
DEPLOY = ("novafleet.compute.deploy", "--tags", "services")


@pytest.fixture(scope="module")
def old(services, cloud, inventory_dir, tmp_path_factory):
    """A nova-compute with an identity that it has made up itself, as kolla-ansible or a package would run it."""
    directory = tmp_path_factory.mktemp("old")
    conf = Path("/etc/novafleet", services[0], "nova.conf").read_text(encoding="utf-8")
    (directory / "nova.conf").write_text(conf.replace(f"host = {services[0]}\n", f"host = {NAME}\n"), encoding="utf-8")
    (directory / "compute_id").write_text(f"{uuid.uuid4()}\n", encoding="utf-8")
    for path in (directory, *directory.iterdir()):
        shutil.chown(path, 162, 162)
    docker("run", "--detach", "--name", "old-nova-compute", "--network", "host", "--read-only",
           "--volume", f"{directory}:/etc/nova:ro", "--tmpfs", "/var/lib/nova:uid=162,gid=162",
           "--tmpfs", "/tmp", "--tmpfs", "/var/log/nova:uid=162,gid=162", IMAGE)  # fmt: skip
    facts = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))
    assert eventually(lambda: NAME in computes(cloud)), docker("logs", "old-nova-compute")
    subprocess.run(facts["discover_command"], check=True, capture_output=True)
    assert eventually(lambda: NAME in compute_nodes(cloud)), docker("logs", "old-nova-compute")
    yield "old-nova-compute"
    for name in ("old-nova-compute", f"nova-compute-{NAME}"):
        subprocess.run(["docker", "rm", "--force", name], check=False, capture_output=True)
    shutil.rmtree(Path("/etc/novafleet", NAME), ignore_errors=True)
    cloud.compute.delete_service(computes(cloud)[NAME])


@pytest.fixture
def deploy(inventory_dir, play):
    path = inventory_dir / "adopted.yml"
    path.write_text(f"---\nall: {{children: {{fake: {{hosts: {{xs-01: {{services_host: {NAME}}}}}}}}}}}\n")
    yield lambda *arguments, **options: play("--inventory", str(path), *DEPLOY, *arguments, **options)
    path.unlink()


def test_its_container_waits_while_it_lives_and_takes_over_when_it_is_stopped(cloud, old, deploy):
    before = identities(cloud, [NAME])
    assert before[NAME][1] == docker("exec", old, "cat", "/etc/nova/compute_id").strip()
    done = deploy()
    assert f"{NAME}: waits for its lease" in " ".join(done.stdout.split())
    container = inspect(f"nova-compute-{NAME}")[0]
    assert container["State"]["Running"]
    assert "so another nova-compute works" in log_of(NAME)
    begin = time.time()
    docker("stop", old)
    stopped = time.time()
    assert eventually(lambda: "Starting compute node" in log_of(NAME), 30)
    print(f"taken over {time.time() - stopped:.1f} s after the old one had stopped, which took {stopped - begin:.1f} s")
    assert another_heartbeat(cloud, NAME)
    assert inspect(f"nova-compute-{NAME}")[0]["State"]["StartedAt"] == container["State"]["StartedAt"]
    assert identities(cloud, [NAME]) == before


def test_without_the_lease_it_is_refused_while_it_lives(deploy, old):
    docker("start", old)
    docker("rm", "--force", f"nova-compute-{NAME}")
    done = deploy("--extra-vars", "services_lease=false", "--check", check=False)
    assert done.returncode != 0
    assert f"services_host: nova shows {NAME} up, and no container of this collection runs it" in done.stdout
