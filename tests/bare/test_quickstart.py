# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quick start on a bare Debian 13: its Python, engine and OCI runtime are newer than those of Debian 12."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from debian import TOP, Debian

SUITE = "trixie"
PLACE = "opt/novafleet"
# Authorities that the administrator of this machine has added, such as that of a proxy.
AUTHORITIES = Path("usr/local/share/ca-certificates")
# A row of the closing table: service, target, Docker host, container, nova. Then instances: name, status, service host.
SERVICE = re.compile(r"^(cluster-\d+) +\1 +localhost +running +up ", re.MULTILINE)
INSTANCE = re.compile(r"^(vm-\d) +ACTIVE +(cluster-\d+) ", re.MULTILINE)


@pytest.fixture
def debian_13(directory):
    """A bare machine with this checkout."""
    with Debian(SUITE, directory) as machine:
        place = machine.root / PLACE
        place.mkdir()
        files = subprocess.check_output(["git", "ls-files", "-z"], cwd=TOP)
        packed = subprocess.check_output(["tar", "--create", "--null", "--files-from=-"], cwd=TOP, input=files)
        subprocess.run(["tar", "--extract", f"--directory={place}"], input=packed, check=True)
        shutil.copytree("/" / AUTHORITIES, machine.root / AUTHORITIES, dirs_exist_ok=True)
        machine.run("apt-get", "--quiet=2", "update")
        machine.run("apt-get", "--quiet=2", "--yes", "install", "ca-certificates")
        yield machine


def test_two_instances_and_nothing_left(debian_13, took):
    script, began = f"/{PLACE}/quickstart.sh", time.monotonic()
    shown = debian_13.run(script)
    took(SUITE, "quick start", time.monotonic() - began)
    print(shown)
    assert SERVICE.findall(shown) == [f"cluster-{number:03d}" for number in range(1, 6)]
    assert INSTANCE.findall(shown) == [("vm-1", "cluster-001"), ("vm-2", "cluster-002")]
    debian_13.run(script, "--down")
    assert debian_13.run("sh", "-c", "ls -d /etc/novafleet /var/lib/novafleet /run/novafleet 2>/dev/null || true") == ""
