# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the time when role nova_image was called image: they are refused, unless they belong to something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml
from plays import collections_path

ROLES = collections_path() / "ansible_collections/novafleet/compute/roles"
NOW = "this variable is now nova_"


@pytest.fixture
def run(tmp_path):
    """Function that runs a role, or a playbook of the collection, with variables of the inventory."""

    def run(role="", playbook="", tasks_from="reference", **variables):
        host = dict(ansible_connection="local", ansible_python_interpreter=sys.executable, **variables)
        inventory = {"all": {"children": {"nova_compute_hosts": {"hosts": {"docker1": host}}}}}
        (tmp_path / "hosts.json").write_text(json.dumps(inventory))
        include = {"include_role": {"name": f"novafleet.compute.{role}", "tasks_from": tasks_from}}
        (tmp_path / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [include]}]))
        playbook = f"novafleet.compute.{playbook}" if playbook else tmp_path / "play.json"
        command = ["ansible-playbook", "-i", tmp_path / "hosts.json", playbook, "--check"]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "true", "ANSIBLE_LOCALHOST_WARNING": "false"}
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    return run


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        (dict(image_build_from="pypi", image_tag="7"), ["image_build_from", "image_tag"]),
        (dict(image_source="pull", image_name="registry/nova"), ["image_source", "image_name"]),
        (dict(image_release="epoxy"), ["image_release"]),
        (dict(image_name="ubuntu", image_source="https://example.com/x.img", image_release="24.04"), []),
    ],
    ids=["a name of its own", "a value of its own", "a release of its own", "words of others"],
)
def test_old_variables(run, variables, refused):
    done = run("nova_image", **variables)
    assert [name for name in variables if f"docker1: {name}: {NOW}{name}. Rename it." in done.stdout] == refused
    assert (f"Problems found: {len(refused)}." in done.stdout) == bool(refused)
    assert (done.returncode != 0) == bool(refused), done.stdout


@pytest.mark.parametrize("tasks_from", ["main", "reference"])
def test_old_role(run, tasks_from):
    done = run("image", tasks_from=tasks_from)
    assert done.returncode != 0
    assert "docker1: role novafleet.compute.image: this role is now novafleet.compute.nova_image" in done.stdout


@pytest.mark.parametrize(("more", "refused"), [({}, True), ({"nova_image_tag": "7"}, False)])
def test_old_tag_of_an_upgrade(run, more, refused):
    done = run(playbook="upgrade", image_tag="7", **more)
    assert (f"docker1: image_tag: {NOW}image_tag." in done.stdout) == refused, done.stdout


def test_each_old_name_has_a_new_one():
    settings = yaml.safe_load((ROLES / "nova_image/vars/main.yml").read_text(encoding="utf-8"))
    documented = yaml.safe_load((ROLES / "nova_image/meta/argument_specs.yml").read_text(encoding="utf-8"))
    old = settings["__nova_image_old_names"] + settings["__nova_image_old_words"]
    assert len(set(old)) == len(old)
    assert {f"nova_{name}" for name in old} <= set(documented["argument_specs"]["main"]["options"])
