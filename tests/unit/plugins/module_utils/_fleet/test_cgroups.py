# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups

ID, OTHER = "c0ffee00" * 8, "ab" * 32
V1 = dict(
    memory__usage_in_bytes="1000\n",
    memory__stat="cache 5\ninactive_file 1\ntotal_inactive_file 300\n",
    cpuacct__usage="1500000000\n",
)
V2 = dict(
    memory__current="1000\n", memory__stat="anon 5\ninactive_file 300\n", cpu__stat="usage_usec 1500000\nuser_usec 1\n"
)


def test_memory_and_processor_time(kernel, kind):
    kernel.container(ID, kind=kind, **(V1 if "v1" in kind else V2))
    kernel.container(OTHER, kind=kind)
    groups = kernel.groups()
    assert (groups.memory_bytes(ID), groups.cpu_seconds(ID)) == (700, 1.5)
    assert (groups.memory_bytes(OTHER), groups.cpu_seconds(OTHER)) == (None, None)


def test_a_container_that_is_not_on_this_machine(kernel):
    groups = kernel.groups()
    assert [getattr(groups, what)(ID) for what in ("part", "age_seconds", "memory_bytes", "cpu_seconds")] == [None] * 4


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nova-compute", "active"),
        ("nova-standby", "standby"),
        ("nova-lease", "starting"),
        ("python3", None),
        ("nova-compute2", None),
    ],
)
def test_part_is_told_by_the_name_of_a_process(kernel, kind, name, part):
    kernel.container(OTHER, "nova-compute", kind=kind)
    kernel.container(ID, "docker-init", name, "privsep-helper", kind=kind)
    assert kernel.groups().part(ID) == part


def test_processes_outside_containers_are_no_part(kernel):
    kernel.process(7, "nova-compute", "0::/user.slice/user-0.slice/session-1.scope\n")
    kernel.process(8, "nova-compute", f"0::/docker/{OTHER}\n")
    kernel.container(ID, "docker-init")
    assert kernel.groups().part(ID) is None


def test_a_process_that_ended_meanwhile_tells_nothing(kernel):
    kernel.container(ID, "nova-compute", "nova-lease")
    groups = kernel.groups()
    for pid in sorted(os.listdir(kernel.proc)):
        if (kernel.proc / pid / "comm").exists() and (kernel.proc / pid / "comm").read_text() == "nova-compute\n":
            shutil.rmtree(kernel.proc / pid)
    assert (groups.part(ID), groups.age_seconds(ID)) == ("starting", 90)
    shutil.rmtree(kernel.proc)
    assert (groups.part(ID), groups.age_seconds(ID)) == (None, None)


def test_age_is_that_of_the_first_process(kernel):
    cgroup = f"0::/docker/{ID}\n"
    kernel.process(10, "second", cgroup, seconds=5)
    kernel.process(11, "a) b (c", cgroup, seconds=4000)
    kernel.process(12, "third", cgroup, seconds=7)
    assert kernel.groups().age_seconds(ID) in (4000, 4001)


def test_what_watches_a_container_is_no_part_of_it(kernel):
    """conmon, which is older than the container and takes memory of its own."""
    kernel.process(10, "conmon", f"0::/machine.slice/libpod-conmon-{ID}.scope\n", seconds=4000)
    kernel.container(ID, "nova-compute", kind="v2 podman", **V2)
    groups = kernel.groups()
    assert (groups.memory_bytes(ID), groups.part(ID)) == (700, "active")
    assert groups.age_seconds(ID) in (90, 91)


def test_a_group_below_the_containers_is_not_the_containers(kernel):
    """crun puts processes there."""
    kernel.process(10, "nova-compute", f"0::/machine.slice/libpod-{ID}.scope/container\n")
    kernel.container(ID, kind="v2 podman", **V2)
    assert (kernel.groups().memory_bytes(ID), kernel.groups().cpu_seconds(ID)) == (700, 1.5)


def test_the_kernel_of_this_machine_can_be_read():
    begin = time.monotonic()
    assert cgroups.Groups().part("0" * 64) is None
    assert time.monotonic() - begin < 10
