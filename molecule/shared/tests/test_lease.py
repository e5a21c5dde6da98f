# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second container of a service waits for the lease and takes over, with nova 21 on eventlet, too.

Scenario lease has the same and more with nova 34.
"""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from helper import another_heartbeat, computes, docker, eventually, inspect

ACTIVE, STANDBY = "nova-compute", "nova-standby"
# RabbitMQ has to believe in the death of a frozen one.
TAKEN_OVER_SECONDS = 75


def process(container):
    """Id and name of the process of a container that holds the lease or waits for it, or None."""
    try:
        lines = docker("top", container, "-o", "pid,comm").splitlines()[1:]
    except subprocess.CalledProcessError:
        # Docker is starting it again.
        return None
    found = [line.split() for line in lines]
    return next(((int(pid), name) for pid, name in found if name in (ACTIVE, STANDBY, "nova-lease")), None)


def plays(container, part):
    found = process(container)
    return bool(found) and found[1] == part


@pytest.fixture
def twins(services, cloud):
    """The container of a service and one more with all of its settings, made by hand; the second waits."""
    service = services[0]
    first, second = f"nova-compute-{service}", f"second-{service}"
    config, host = inspect(first)[0]["Config"], inspect(first)[0]["HostConfig"]
    tmpfs = [word for path, options in host["Tmpfs"].items() for word in ("--tmpfs", f"{path}:{options}")]
    mounts = [
        word
        for one in host["Mounts"]
        for word in ("--volume", f"{one['Source']}:{one['Target']}" + (":ro" if one.get("ReadOnly") else ""))
    ]
    environment = [word for one in config["Env"] or [] for word in ("--env", one)]
    entrypoint, *arguments = config["Entrypoint"]
    options = ("--network", "host", "--read-only", "--init", "--user", config["User"], "--entrypoint", entrypoint)
    docker("run", "--detach", "--name", second, *options, *tmpfs, *mounts, *environment, config["Image"], *arguments)
    assert eventually(lambda: plays(second, STANDBY), 60), docker("logs", second)
    assert plays(first, ACTIVE)
    yield service, first, second
    subprocess.run(["docker", "rm", "--force", second], check=False, capture_output=True)
    docker("start", first)
    assert eventually(lambda: plays(first, ACTIVE), 60), docker("logs", "--tail", "20", first)
    assert another_heartbeat(cloud, service)


def test_it_takes_over_when_the_first_is_killed(twins, cloud):
    service, first, second = twins
    before = computes(cloud)[service].id
    docker("kill", first)
    assert eventually(lambda: plays(second, ACTIVE), 15), docker("logs", second)
    assert another_heartbeat(cloud, service)
    assert computes(cloud)[service].id == before


def test_it_takes_over_when_the_first_is_frozen_which_ends_when_it_thaws(twins, cloud):
    service, first, second = twins
    frozen, _name = process(first)
    os.kill(frozen, signal.SIGSTOP)
    try:
        assert eventually(lambda: plays(second, ACTIVE), TAKEN_OVER_SECONDS), docker("logs", "--tail", "20", second)
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert eventually(lambda: (process(first) or (frozen,))[0] != frozen, 10), docker("logs", "--tail", "20", first)
    assert eventually(lambda: plays(first, STANDBY), 60)
    assert plays(second, ACTIVE)
    assert another_heartbeat(cloud, service)
