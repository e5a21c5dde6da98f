# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the role's probe on machines."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[4] / "roles/docker_host/files/probe.py"
ROOT = "/dev/vda1 / ext4 rw,relatime 0 0\n"


@pytest.mark.parametrize(
    ("mounts", "serves"),
    [
        ("", False),
        ("cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n", True),
        ("cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0\n", True),
        # Mounted in part: an engine starts, but containers do not.
        ("cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n", False),
        ("cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n", False),
    ],
)
def test_control_groups_that_containers_can_start_with(mounts, serves):
    assert runpy.run_path(str(PROGRAM))["serves_containers"](ROOT + mounts) is serves


class Sdk:
    """A Docker SDK whose first request ends as the test sets it."""

    def __init__(self, error):
        self.error = error

    def APIClient(self, **_options):
        return self

    def ping(self):
        raise self.error


class InvalidURL(OSError, ValueError):
    """As that of requests."""


@pytest.mark.parametrize(
    ("error", "works"),
    [
        (ConnectionError("nothing listens"), True),
        (InvalidURL("Not supported URL scheme http+docker"), False),
        (TypeError("request() got an unexpected keyword argument 'chunked'"), False),
    ],
)
def test_an_sdk_is_known_by_what_its_first_request_meets(error, works):
    assert runpy.run_path(str(PROGRAM))["fits"](Sdk(error)) is works


PODMAN = {"Version": "4.3.1", "ApiVersion": "1.41", "Components": [{"Name": "Podman Engine"}]}
DOCKER = {"Version": "24.0.0", "ApiVersion": "1.43", "Components": [{"Name": "Engine"}]}


@pytest.mark.parametrize(
    ("kind", "version", "answers"),
    [("docker", DOCKER, True), ("podman", PODMAN, True), ("docker", PODMAN, False), ("podman", DOCKER, False)],
)
def test_an_engine_answers_only_as_what_it_is(kind, version, answers):
    """Docker's socket may lead to Podman."""
    probe = runpy.run_path(str(PROGRAM))
    given = {"/version": version, "/info": {"Driver": "overlay"}, "/containers/json?all=1": [{"Names": ["/a"]}]}
    probe["engine"].__globals__["ask"] = lambda _path, url: given[url]
    found = probe["engine"](kind, "/x.sock")
    assert found["answers"] is answers
    assert ("another engine answers there" in found.get("error", "")) is not answers
    if answers:
        assert (found["version"], found["containers"]) == (version["Version"], ["a"])
