# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh as somebody types it: up, up again, one target more, down; in this checkout, on this machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (
    ROOT / ".quickstart",
    Path("/etc/novafleet"),
    Path("/var/lib/novafleet"),
    Path("/etc/sysctl.d/60-novafleet.conf"),
)
# A row of the closing table: service, target, Docker host, container, nova.
ROW = re.compile(r"^(cluster-\d+) +\1 +localhost +(\w+) +(\w+) ", re.MULTILINE)


def quickstart(*arguments):
    done = subprocess.run(
        [ROOT / "quickstart.sh", *arguments], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def output(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def containers():
    lines = output("docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)


def up(count):
    return [(f"cluster-{number:03d}", "running", "up") for number in range(1, count + 1)]


@pytest.fixture(scope="module", autouse=True)
def first_run():
    """Closing lines of the first run; whatever happens, nothing of it stays."""
    assert not [place for place in PLACES if place.exists()], "a quick start is here already: ./quickstart.sh --down"
    try:
        yield quickstart()
    finally:
        subprocess.run([ROOT / "quickstart.sh", "--down"], check=False, stdin=subprocess.DEVNULL, capture_output=True)


def test_five_services_are_up(first_run):
    assert ROW.findall(first_run) == up(5)


def test_a_second_run_changes_nothing(first_run):
    before = containers()
    assert "nothing changed (changed=0)" in quickstart()
    assert containers() == before


def test_one_target_more_touches_nothing_else(first_run):
    before = containers()
    assert ROW.findall(quickstart("--targets", "6")) == up(6)
    after = containers()
    assert set(after) - set(before) == {"nova-compute-cluster-006"}
    assert {name: after[name] for name in before} == before


def test_down_leaves_nothing(first_run):
    """The engine is stopped too where the quick start had started it; one that was there before has nothing of ours."""
    quickstart("--down")
    assert not [place for place in PLACES if place.exists()]
    assert not list(Path("/run/lock").glob("novafleet-*"))
    processes = output("ps", "-eww", "-o", "args")
    assert not re.findall("nova-compute|nova-conductor|nova-scheduler|rabbitmq-server|mariadbd|vcsim", processes)
    if "dockerd" in processes:
        found = output("docker", "ps", "--all", "--format", "{{.Names}}") + output("docker", "volume", "ls", "--quiet")
        found += output("docker", "images", "--format", "{{.Repository}}")
        assert not [line for line in found.splitlines() if re.search("novafleet|sandbox|nova-compute", line)]
