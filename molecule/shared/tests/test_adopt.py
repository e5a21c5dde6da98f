# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A nova-compute that was run by other means becomes ours, as the same service; not while it lives."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
from helper import compute_nodes, computes, docker, eventually, identities, inspect

# Whatever the driver is.
pytestmark = pytest.mark.once

NAME = "elsewhere.example.com"
IMAGE = "novafleet/nova-compute:34.0.0"
DEPLOY = ("novafleet.compute.deploy", "--tags", "services", "--extra-vars", "services_heartbeat_watch=12")


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


def test_it_is_refused_while_it_lives_and_adopted_when_it_is_stopped(cloud, old, deploy):
    before = identities(cloud, [NAME])
    assert before[NAME][1] == docker("exec", old, "cat", "/etc/nova/compute_id").strip()
    done = deploy(check=False)
    assert done.returncode != 0
    assert f"{NAME}: services_host: a nova-compute that is not ours runs under this service host" in done.stdout
    docker("stop", old)
    deploy()
    assert inspect(f"nova-compute-{NAME}")[0]["State"]["Running"]
    assert not inspect(old)[0]["State"]["Running"]
    assert identities(cloud, [NAME]) == before
    assert computes(cloud)[NAME].state == "up"
