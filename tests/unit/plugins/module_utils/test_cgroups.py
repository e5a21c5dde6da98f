# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils import _cgroups

ID = "c0ffee"


@pytest.fixture(params=range(4), ids=["v1 cgroupfs", "v1 systemd", "v2 cgroupfs", "v2 systemd"])
def kernel(request, tmp_path, monkeypatch):
    """Makes the control groups of one container as a kernel and an engine have them; of either version."""
    for name in ("CGROUPS", "CPU_CGROUPS"):
        here = [str(tmp_path) + place for place in getattr(_cgroups, name)]
        monkeypatch.setattr(_cgroups, name, tuple(here))
    version = 1 if request.param < 2 else 2

    def make(memory, cpu, processes=()):
        for place in {_cgroups.CGROUPS[request.param], _cgroups.CPU_CGROUPS[request.param]}:
            os.makedirs(place.format(id=ID))
        places = _cgroups.CGROUPS[request.param], _cgroups.CPU_CGROUPS[request.param]
        for place, texts in zip(places, (memory[version], cpu[version])):
            for name, text in {**texts, "cgroup.procs": "".join(f"{pid}\n" for pid in processes)}.items():
                with open(os.path.join(place.format(id=ID), name), "w", encoding="utf-8") as stream:
                    stream.write(text)

    return make


MEMORY = {
    1: {"memory.usage_in_bytes": "1000\n", "memory.stat": "cache 5\ntotal_inactive_file 300\ninactive_file 1\n"},
    2: {"memory.current": "1000\n", "memory.stat": "anon 5\ninactive_file 300\n"},
}
CPU = {
    1: {"cpuacct.usage": "1500000000\n"},
    2: {"cpu.stat": "usage_usec 1500000\nuser_usec 1\n"},
}
NOTHING = {1: {}, 2: {}}


def test_memory_and_processor_time(kernel):
    kernel(MEMORY, CPU)
    assert _cgroups.memory_bytes(ID) == 700
    assert _cgroups.cpu_seconds(ID) == 1.5


def test_a_kernel_that_counts_neither(kernel):
    kernel(NOTHING, NOTHING)
    assert (_cgroups.memory_bytes(ID), _cgroups.cpu_seconds(ID), _cgroups.processes(ID)) == (None, None, [])


def test_a_container_that_is_not_on_this_machine(kernel):
    functions = (_cgroups.memory_bytes, _cgroups.cpu_seconds, _cgroups.age_seconds, _cgroups.part)
    assert [function(ID) for function in functions] == [None] * 4
    assert _cgroups.processes(ID) == []


def test_processes(kernel):
    kernel(MEMORY, CPU, [12, 345])
    assert _cgroups.processes(ID) == ["12", "345"]


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
def test_part_is_told_by_the_name_of_a_process(cgroups, named_process, name, part):
    cgroups(ID, cgroup__procs=f"{named_process('docker-init')}\n{named_process(name)}\n")
    assert _cgroups.part(ID) == part


def test_a_process_that_has_ended_tells_nothing(cgroups, named_process):
    cgroups(ID, cgroup__procs=f"999999999\n{named_process('nova-lease')}\n")
    assert _cgroups.part(ID) == "starting"


def test_age_is_that_of_the_first_process(cgroups, named_process):
    first = named_process("a) b (c")
    time.sleep(1.1)
    cgroups(ID, cgroup__procs=f"{named_process('second')}\n{first}\n999999999\n")
    assert 1 <= _cgroups.age_seconds(ID) <= 10


def test_age_without_a_process(cgroups):
    cgroups(ID, cgroup__procs="999999999\n")
    assert _cgroups.age_seconds(ID) is None
