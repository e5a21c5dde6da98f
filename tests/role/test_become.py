# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""-b on the command line: tasks on the Docker hosts run as root, the controller's own tasks do not."""

from __future__ import annotations

import os

import pytest

# Instead of sudo, which a container of a job runner may not have.
SUDO = """\
#!/bin/sh
echo "$*" >> {log}
while :; do
  case "$1" in
    -u) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec "$@"
"""


@pytest.fixture
def becoming(site):
    """A site whose runs become root although they are root's. Otherwise Ansible skips that."""
    site.environment["ANSIBLE_BECOME_ALLOW_SAME_USER"] = "true"
    return site


def test_only_docker_hosts_are_asked_as_root(becoming):
    log, sudo = becoming.directory / "sudo.log", becoming.directory / "sudo"
    sudo.write_text(SUDO.format(log=log), encoding="utf-8")
    os.chmod(sudo, 0o755)
    # At every step: when nova is asked for the first time, and when services are started and awaited.
    becoming.cloud.maps_hosts = False
    discover = dict(services_discover_command=becoming.cloud.discover_command, services_discover_host="d1")
    becoming.deploy("--become", "--extra-vars", f"ansible_become_exe={sudo}", **discover)
    asked = [line for line in log.read_text(encoding="utf-8").splitlines() if "BECOME-SUCCESS" in line]
    assert asked
    # Of commands that name no interpreter, only Docker hosts are asked for a digest, or pinged.
    known = (str(becoming.directory / "d1"), "sha256sum", "; :")
    strangers = [line for line in asked if not any(word in line for word in known)]
    assert not strangers, "\n".join(strangers)
    assert becoming.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


def test_without_sudo_on_the_controller_nova_is_asked_all_the_same(becoming):
    becoming.hosts["d1"]["ansible_become"] = False
    becoming.deploy("--become", "--extra-vars", "ansible_become_exe=/nonexistent/sudo")
    assert becoming.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


def test_without_sudo_on_a_docker_host_the_run_says_so(becoming):
    run = becoming.run("deploy", "--become", "--extra-vars", "ansible_become_exe=/nonexistent/sudo")
    assert run.failed
    assert "/nonexistent/sudo" in run.text
    assert not becoming.engine().changes
