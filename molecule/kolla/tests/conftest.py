# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO, TOP = Path(__file__).parents[1], Path(__file__).parents[3]
sys.path += [str(TOP / "molecule/shared/tests"), str(TOP / "tests/integration"), str(SCENARIO / "kolla")]

import recipes  # noqa: E402
from helper import computes  # noqa: E402
from scenario import cloud, containers, inventory_dir, play, secrets, services  # noqa: E402, F401 (fixtures)
from snapshot import snapshot  # noqa: E402


@pytest.fixture(scope="session")
def kolla_host():
    """Service host of kolla-ansible's nova-compute: the machine's own name."""
    return socket.gethostname()


@pytest.fixture(scope="session")
def recipe():
    """The recipes of docs/kolla-ansible.md: name -> variables, not resolved."""
    return recipes.read(TOP / "docs/kolla-ansible.md")


def differences(was, is_now):
    """Pairs of values that differ; of containers and volumes, pairs of their parts."""
    if isinstance(was, dict) and isinstance(is_now, dict):
        keys = sorted({*was, *is_now})
        return [({key: was.get(key)}, {key: is_now.get(key)}) for key in keys if was.get(key) != is_now.get(key)]
    return [(was, is_now)] if was != is_now else []


@pytest.fixture
def changes(inventory_dir):  # noqa: F811
    """Function that lists what of kolla-ansible's is not as it was before the first deployment."""
    before = json.loads((inventory_dir / "../kolla.json").read_text(encoding="utf-8"))

    def listed():
        now = json.loads(json.dumps(snapshot()))
        names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        for name in names:
            print(name, *differences(before.get(name), now.get(name)))
        return names

    return listed


@pytest.fixture
def deploy_one(inventory_dir, play, cloud, secrets):  # noqa: F811
    """Function that deploys one more target, and nothing else; it is gone from everywhere afterwards."""
    path, made = inventory_dir / "one_more.yml", []

    def deploy(target, variables, *arguments):
        made.append(variables.get("services_host", target))
        path.write_text(json.dumps({"all": {"children": {"fake": {"hosts": {target: variables}}}}}), encoding="utf-8")
        only = ("--extra-vars", f"services_only={target}")
        done = play(
            "--inventory", str(path), "novafleet.compute.deploy", "--tags", "services", "--diff", *only, *arguments
        )
        assert not [secret for secret in secrets if secret in done.stdout]
        return done

    yield deploy
    path.unlink()
    for name in made:
        subprocess.run(["docker", "rm", "--force", f"nova-compute-{name}"], check=False, capture_output=True)
        shutil.rmtree(Path("/etc/novafleet", name), ignore_errors=True)
        if name in computes(cloud):
            cloud.compute.delete_service(computes(cloud)[name])
