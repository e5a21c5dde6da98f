# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""README's way onto an existing cloud as it is written, over ssh with sudo, on a machine that has nothing."""

from __future__ import annotations

import re

import readme
from cloud import IMAGE
from debian import Debian

_VAULT, PREVIEW, DEPLOY, STATUS = readme.commands("Deploy on your cloud")
# A row of the table, as Ansible's default output shows it: service, target, Docker host, container, nova.
ROW = re.compile(r"^ +\"(vc1-cluster\d) +\1 +docker1[.]example[.]com +(\w+) +(\w+) ", re.MULTILINE)
UP = [("vc1-cluster1", "running", "up"), ("vc1-cluster2", "running", "up")]
# What every machine writes all the time, and the login user's own.
IGNORED = ("/home/*", "/var/log/*", "/var/lib/sudo/*")


def changed(machine: Debian) -> list[str]:
    """Files that are newer than the mark."""
    ignored = [word for path in IGNORED for word in ("-not", "-path", path)]
    return machine.run("find", "/", "-xdev", "-newer", "/mark", "-type", "f", *ignored).splitlines()


def test_preview_deployment_and_status(site, machine, took):
    assert [*DEPLOY, "--check", "--diff"] == PREVIEW
    machine.run("touch", "/mark")

    shown, seconds = site.timed(PREVIEW)
    took(machine.suite, "preview", seconds)
    for words in (
        "a run would install the engine (docker.io ca-certificates",
        "install the Docker SDK for Python for /usr/bin/python3",
        "install pyVmomi for /usr/bin/python3",
        f"a run would load {IMAGE} from ",
        "create vc1-cluster1: no container",
        "host = vc1-cluster2",
    ):
        assert words in shown, words
    assert changed(machine) == []

    _deployed, seconds = site.timed(DEPLOY)
    took(machine.suite, "deployment", seconds)
    shown, seconds = site.timed(STATUS)
    took(machine.suite, "status", seconds)
    assert ROW.findall(shown) == UP
    # The distribution still manages its Python (PEP 668), and pip did not get around that.
    assert machine.run("sh", "-c", "ls /usr/lib/python3*/EXTERNALLY-MANAGED")
    assert machine.run("find", "/usr/local/lib", "-name", "*.dist-info") == ""

    for again in (DEPLOY, PREVIEW):
        shown, _seconds = site.timed(again)
        assert re.search(r"^docker1[.]example[.]com .* changed=0 ", shown, re.MULTILINE), shown[-3000:]
