# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh of this checkout, and what is on this machine while it is up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "quickstart.sh"
PLACES = (
    ROOT / ".quickstart",
    Path("/etc/novafleet"),
    Path("/var/lib/novafleet"),
    Path("/etc/sysctl.d/60-novafleet.conf"),
)


# An operator's variables, for other things. The tests' own name a directory that has the collection.
ELSEWHERE = dict(ANSIBLE_INVENTORY="/nowhere/hosts", ANSIBLE_STDOUT_CALLBACK="example.absent.callback")


def quickstart(*arguments: str) -> str:
    """Output of a run, which must succeed."""
    done = subprocess.run(
        [SCRIPT, *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=dict(os.environ, **ELSEWHERE),
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def take_down() -> None:
    """Remove everything that is left of it."""
    subprocess.run([SCRIPT, "--down"], check=False, stdin=subprocess.DEVNULL, capture_output=True)


def places() -> list[Path]:
    """What a quick start has on this machine."""
    return [place for place in PLACES if place.exists()]


def output(*command: str) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def containers() -> dict[str, str]:
    """Name to id of every container."""
    lines = output("docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)


def openstack(*arguments: str):
    """Answer of the ready-made client, as data."""
    command = [ROOT / ".quickstart" / "openstack", *arguments, "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def instances() -> dict[str, dict]:
    """Name to what nova shows of every instance."""
    return {row["Name"]: openstack("server", "show", row["ID"]) for row in openstack("server", "list")}


def eventually(condition: Callable[[], bool], seconds: float = 180) -> bool:
    """Wait until a condition holds. False if it does not within the seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def processes() -> dict[int, str]:
    """Process id to command line, of every process in a container."""
    tables = [output("docker", "top", name, "-eww", "-o", "pid,args").splitlines()[1:] for name in containers()]
    rows = [row.split(None, 1) for table in tables for row in table]
    return {int(pid): arguments for pid, arguments in rows}


def leftovers(before: dict[int, str]) -> list[str]:
    """What is left of a quick start whose processes() were these.

    Its engine is stopped, and one that was there before has nothing of it.
    """
    locks = [*Path("/run/lock").glob("novafleet-quickstart*"), *Path("/run/lock").glob("novafleet-sandbox*")]
    found = [str(place) for place in (*places(), *locks)]
    running = dict(line.split(None, 1) for line in output("ps", "-eww", "-o", "pid,args").splitlines())
    found += [arguments for pid, arguments in before.items() if running.get(str(pid)) == arguments]
    objects = output("docker", "ps", "--all", "--format", "{{.Names}}") + output("docker", "volume", "ls", "--quiet")
    objects += output("docker", "images", "--format", "{{.Repository}}")
    return found + [line for line in objects.splitlines() if re.search("novafleet|sandbox|nova-compute", line)]
