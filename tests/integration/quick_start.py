# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh, its client, and what of it is on this machine."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = (
    ROOT / ".quickstart",
    Path("/etc/novafleet"),
    Path("/var/lib/novafleet"),
    Path("/etc/sysctl.d/60-novafleet.conf"),
)
PROGRAMS = "nova-compute|nova-conductor|nova-scheduler|rabbitmq-server|mariadbd|vcsim"


def quickstart(*arguments):
    """Output of a run that must succeed."""
    done = subprocess.run(
        [ROOT / "quickstart.sh", *arguments], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def first_run(*arguments):
    """Generator of one value, the output of a first run; whatever happens, nothing of it stays."""
    assert not [place for place in PLACES if place.exists()], "a quick start is here already: ./quickstart.sh --down"
    try:
        yield quickstart(*arguments)
    finally:
        subprocess.run([ROOT / "quickstart.sh", "--down"], check=False, stdin=subprocess.DEVNULL, capture_output=True)


def output(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def containers():
    """Name to id."""
    lines = output("docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)


def openstack(*arguments):
    """Answer of the ready-made client, as data."""
    command = [ROOT / ".quickstart" / "openstack", *arguments, "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def instances():
    """Name to what nova shows of every instance."""
    return {row["Name"]: openstack("server", "show", row["ID"]) for row in openstack("server", "list")}


def eventually(condition, seconds=180):
    """Wait until a condition holds; False when it does not within the seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def leftovers():
    """What is left of a quick start. An engine that was there before it may run, with nothing of ours."""
    found = [str(place) for place in (*PLACES, *Path("/run/lock").glob("novafleet-*")) if place.exists()]
    processes = output("ps", "-eww", "-o", "args")
    found += re.findall(PROGRAMS, processes)
    if "dockerd" in processes:
        objects = output("docker", "ps", "--all", "--format", "{{.Names}}")
        objects += output("docker", "volume", "ls", "--quiet")
        objects += output("docker", "images", "--format", "{{.Repository}}")
        found += [line for line in objects.splitlines() if re.search("novafleet|sandbox|nova-compute", line)]
    return found
