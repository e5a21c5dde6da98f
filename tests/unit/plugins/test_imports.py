# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python modules that a plugin loads in each of Ansible's workers that needs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
NAMES = sorted(
    f"{path.parent.name}.{path.stem}" for kind in ("action", "filter") for path in (PLUGINS / kind).glob("*.py")
)
# Ansible has loaded these before it loads a plugin of a collection.
ANSIBLE = "import ansible.cli.playbook, ansible.plugins.action, ansible.plugins.filter, ansible.plugins.strategy"
SECONDS = 60
MOST = 60


def loaded(name: str) -> set[str]:
    """Modules that a plugin loads in a fresh interpreter, in addition to those of Ansible."""
    program = (
        f"{ANSIBLE}, importlib, json, sys\nbefore = set(sys.modules)\n"
        f"importlib.import_module('ansible_collections.novafleet.compute.plugins.{name}')\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_plugins_are_found():
    assert "filter.fleet" in NAMES and "action.containers" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_controller_needs_no_library_of_clouds_or_engines(name):
    assert {module.partition(".")[0] for module in loaded(name)} & {
        "docker",
        "openstack",
        "keystoneauth1",
        "pyVmomi",
    } == set()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("filter.")])
def test_a_filter_loads_few_modules(name):
    assert len(loaded(name)) <= MOST
