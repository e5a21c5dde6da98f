# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Docker host gets: from its distribution all at once, and from PyPI what the distribution does not have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).parents[4] / "roles/docker_host"
NOTHING = dict(answers=False, error="no such file")


def missing(family="Debian", program="", venv=False, version=None, pyvmomi=False, **options):
    """Packages and requirements that the role installs."""
    sdk = dict(venv=venv, system=not venv, version=version, works=bool(version), pyvmomi=pyvmomi, interpreter="python")
    programs, engines = dict(docker=program, podman=""), dict(docker=NOTHING, podman=NOTHING)
    probe = dict(sdk=sdk, programs=programs, engines=engines, container_init=True, apparmor=False)
    variables = {}
    for name in ("defaults", "vars"):
        variables.update(yaml.safe_load((ROLE / name / "main.yml").read_text(encoding="utf-8")))
    variables = {name: _trusted(value) for name, value in variables.items()}
    variables.update(ansible_facts=dict(os_family=family), groups=dict(vcenter=["vc1"]), **options)
    variables.update(__docker_host_probe=dict(stdout=json.dumps(probe)), __docker_host_record={})
    wanted = ("__docker_host_missing_packages", "__docker_host_missing_requirements")
    return tuple(Templar(DataLoader(), variables=variables).template(variables[name]) for name in wanted)


def _trusted(value):
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, dict):
        return {name: _trusted(one) for name, one in value.items()}
    return [_trusted(one) for one in value] if isinstance(value, list) else value


LIBRARIES = ["python3-docker", "python3-pyvmomi"]
ENGINE = ["docker.io", "ca-certificates"]
CE = ["docker-ce", "docker-ce-cli", "containerd.io"]
FROM_PYPI = ["docker>=5.0.0,<8", "pyvmomi>=8.0.1,<10"]


@pytest.mark.parametrize(
    ("machine", "packages", "requirements"),
    [
        (dict(), ENGINE + LIBRARIES, []),
        (dict(program="/usr/sbin/dockerd"), LIBRARIES, []),
        (dict(program="/usr/sbin/dockerd", version="7.1.0", pyvmomi=True), [], []),
        (dict(version="7.1.0", docker_host_pyvmomi=False), ENGINE, []),
        (dict(venv=True), ENGINE, FROM_PYPI),
        (dict(family="RedHat"), [*CE, "python3-pip"], FROM_PYPI),
        (dict(family="RedHat", program="/usr/bin/dockerd", version="7.1.0"), ["python3-pip"], FROM_PYPI[1:]),
        (dict(docker_host_packages=["my-docker"]), ["my-docker", *LIBRARIES], []),
    ],
)
def test_what_is_missing_is_installed(machine, packages, requirements):
    assert missing(**machine) == (packages, requirements)
