# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of README and the guides, as a reader copies them, on the cloud of the quick start.

tests/guides/guides.yml names the pages and their order. tests/guides checks that each command is named there.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from quickstart_run import ROOT, containers, openstack, output, quickstart

sys.path[:0] = [str(ROOT / "tests" / "guides"), str(ROOT / "roles" / "sandbox" / "files")]
import guides  # noqa: E402
from empty_disk import sparse_vmdk  # noqa: E402

KNOWN = guides.table()
HOME = ROOT / ".quickstart"
VARIABLES = HOME / "inventory" / "group_vars" / "nova_compute_hosts.yml"
IMAGE = "novafleet/nova-compute"
# Images that docs/upgrade.md goes to, and back to.
NEXT, PREVIOUS = f"{IMAGE}:2026.2", f"{IMAGE}:2026.1"
METRICS = Path("/var/lib/prometheus/node-exporter/novafleet.prom")
# All services of the sandbox may be interrupted at once, which saves time.
FASTER = "\nservices_max_unavailable: 100%\n"
SECONDS = 400


def docker(*arguments):
    done = subprocess.run(["docker", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make_images():
    """Another name for the image that runs, and another image that a build would make: it has the same labels."""
    docker("tag", f"{IMAGE}:34.0.0", PREVIOUS)
    container = docker("create", f"{IMAGE}:34.0.0")
    docker("commit", "--change", "LABEL guides=next", container, NEXT)
    docker("rm", container)


@pytest.fixture(scope="module")
def desk(first_run, tmp_path_factory):
    """Directory in which a reader would work: with an inventory, the quick start, and files that commands read."""
    if "nova-compute-cluster-006" not in containers():
        quickstart("--targets", "6")
    here = tmp_path_factory.mktemp("desk")
    (here / ".quickstart").symlink_to(HOME)
    for name in ("inventory", "cloud.json", "secrets"):
        (here / name).symlink_to(HOME / name)
    (here / "site" / "group_vars" / "all").mkdir(parents=True)
    (here / "password").write_text("password of the vault")
    (here / "disk.vmdk").write_bytes(sparse_vmdk())
    METRICS.parent.mkdir(parents=True, exist_ok=True)
    VARIABLES.write_text(VARIABLES.read_text() + FASTER)
    make_images()
    yield here
    METRICS.unlink(missing_ok=True)
    # `docs/services.md` has removed the containers.
    subprocess.run(["docker", "rmi", PREVIOUS, NEXT], check=False, capture_output=True)


def environment(here):
    """The reader has sourced the quick start's environment, and has no editor that waits."""
    more = dict(
        PATH=f"{HOME}/venv/bin:{os.environ['PATH']}",
        ANSIBLE_CONFIG=f"{HOME}/ansible.cfg",
        ANSIBLE_VAULT_PASSWORD_FILE=f"{here}/password",
        OS_CLIENT_CONFIG_FILE="/var/lib/novafleet/sandbox/clouds.yaml",
        EDITOR="true",
    )
    left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME")
    return {name: value for name, value in os.environ.items() if name not in left_out} | more


def script(row):
    """All commands in one shell, because some use variables of earlier ones. Its status is the number of failures."""
    lines = ["failed=0"]
    for command, how in guides.to_run(row, KNOWN):
        text = command.text
        for old, new in how.replace.items():
            text = text.replace(old, new)
        right = "|".join(str(status) for status in how.status)
        lines += [f"printf '\\n+ %s\\n' {shlex.quote(text)}; until=$((SECONDS + {how.patience}))", "while :; do", text]
        lines += [f"status=$?; case $status in {right}) break ;; esac; [ $SECONDS -lt $until ] || break; sleep 3; done"]
        lines += [f'case $status in {right}) ;; *) echo "FAILED: $status"; failed=$((failed + 1)) ;; esac']
    return "\n".join([*lines, "exit $failed", ""])


def status_has_written(_here, _said):
    page = Path("/tmp/status.html")
    assert "cluster-001" in page.read_text()
    for path in (page, page.with_suffix(".json")):
        path.unlink()


def all_run_the_previous_image(_here, _said):
    images = output("docker", "ps", "--filter", "label=novafleet.fleet=quickstart", "--format", "{{.Image}}").split()
    assert images == [PREVIOUS] * 6


def cluster_6_is_gone(_here, _said):
    hosts = {row["Host"] for row in openstack("compute", "service", "list", "--service", "nova-compute")}
    assert hosts == {f"cluster-00{number}" for number in range(1, 6)}


def no_service_is_left(_here, _said):
    assert not [name for name in containers() if name.startswith("nova-compute-")]


def vault_is_encrypted_and_nothing_changed(here, said):
    assert (here / "site/group_vars/all/vault.yml").read_text().startswith("$ANSIBLE_VAULT")
    assert said.count("nothing changed") >= 1, said


def delete_the_instances():
    """A fleet that has instances is not removed."""
    output(str(HOME / "openstack"), "server", "delete", "--wait", *(row["ID"] for row in openstack("server", "list")))


REMOVE = "docs/services.md: ansible-playbook * novafleet.compute.remove *"
# What must be done first, by the row of guides.yml.
BEFORE = {REMOVE: delete_the_instances}
# What holds after the commands, by the row of guides.yml.
AFTER = {
    "README.md: *": vault_is_encrypted_and_nothing_changed,
    "docs/status.md: *": status_has_written,
    "docs/monitoring.md: *": lambda _here, _said: METRICS.read_text().index("novafleet_container_info"),
    "docs/lease.md: *": lambda _here, said: said.index("lease of cluster-001"),
    "docs/upgrade.md: *": all_run_the_previous_image,
    "docs/retire.md: *": cluster_6_is_gone,
    REMOVE: no_service_is_left,
}


@pytest.mark.parametrize("row", KNOWN.run, ids=str)
def test_commands_do_what_the_page_says(desk, row):
    if str(row) in BEFORE:
        BEFORE[str(row)]()
    done = subprocess.run(
        ["bash", "-c", script(row)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=desk,
        env=environment(desk),
        timeout=SECONDS,
    )
    print(done.stdout)
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if line.startswith(("+ ", "FAILED"))]
    if str(row) in AFTER:
        AFTER[str(row)](desk, done.stdout)


def test_each_check_belongs_to_a_row():
    assert set(BEFORE) | set(AFTER) <= {str(row) for row in KNOWN.run}
