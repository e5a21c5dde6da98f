# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes as the kernel shows those of Podman's containers, and real ones that stand for them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman import processes
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.processes import Listed

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64
GROUPS = {
    "cgroupfs, v1": "4:memory:/libpod_parent/libpod-{}\n1:name=systemd:/libpod_parent/libpod-{}\n0::/x\n",
    "systemd, v2": "0::/machine.slice/libpod-{}.scope/container\n",
    "systemd, v2, runc": "0::/machine.slice/libpod-{}.scope\n",
}
CONMON = "0::/machine.slice/libpod-conmon-{}.scope\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(processes, "CONFIRM_SECONDS", 0)
    monkeypatch.setattr(processes, "POLL_SECONDS", 0.01)


class Proc:
    """A /proc of such processes only."""

    def __init__(self, directory):
        self.directory = directory

    def add(self, pid, ident, group="systemd, v2", state="S", parent=1, mounts=()):
        """mounts: directories of this machine."""
        place = self.directory / str(pid)
        place.mkdir()
        (place / "cgroup").write_text(GROUPS.get(group, group).replace("{}", ident))
        (place / "stat").write_text(f"{pid} (a) b) {state} {parent} 0 0")
        (place / "root").symlink_to("/")
        (place / "mountinfo").write_text("".join(f"1 2 0:1 /x {each} ro - ext4 x ro\n" for each in mounts))

    def stand_for(self, process, ident):
        """A real process as one of a container."""
        place = self.directory / str(process.pid)
        place.mkdir()
        (place / "cgroup").write_text(GROUPS["systemd, v2"].format(ident))
        (place / "stat").symlink_to(f"/proc/{process.pid}/stat")


@pytest.fixture
def proc(tmp_path, monkeypatch):
    directory = tmp_path / "proc"
    (directory / "self").mkdir(parents=True)
    monkeypatch.setattr(processes, "PROC", str(directory))
    return Proc(directory)


def listed(ident, state, pid=0, ours=True):
    return Listed(Container(ident, "n", state=state, labels={LABEL_FLEET: "nova"} if ours else {}), pid)


def states(*entries):
    return [each.state for each in processes.verified(lambda: list(entries))]


@pytest.mark.parametrize("group", sorted(GROUPS))
@pytest.mark.parametrize("state", ["created", "exited", "dead"])
def test_a_stopped_container_whose_processes_live_is_lost(proc, group, state):
    proc.add(7, ONE, group)
    assert states(listed(ONE, state), listed(TWO, state)) == [LOST, state]


def test_what_watches_a_container_or_has_ended_is_no_process_of_it(proc):
    """A process whose parent was killed stays as a zombie, because its end is not noted."""
    proc.add(7, ONE, CONMON)
    proc.add(8, ONE, state="Z")
    assert states(listed(ONE, "exited")) == ["exited"]


@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_running_container_without_processes_is_dead(proc, state):
    proc.add(7, ONE)
    proc.add(8, THREE, state="Z")
    assert states(listed(ONE, state, 7), listed(TWO, state, 7), listed(THREE, state, 8)) == [state, "dead", "dead"]


def test_a_container_whose_first_process_is_another_than_podman_noted_lives(proc):
    proc.add(9, ONE)
    assert states(listed(ONE, "running", 7)) == ["running"]


def test_what_is_not_ours_is_as_podman_says(proc):
    proc.add(7, ONE)
    assert states(listed(ONE, "exited", ours=False), listed(TWO, "running", ours=False)) == ["exited", "running"]


def test_what_podman_has_noted_meanwhile_counts(proc):
    proc.add(7, ONE)
    answers = [[listed(ONE, "created"), listed(TWO, "running", 8)], [listed(ONE, "running", 7), listed(TWO, "exited")]]
    assert [each.state for each in processes.verified(lambda: answers.pop(0))] == ["running", "exited"]
    assert answers == []


def test_where_all_is_well_podman_is_asked_once(proc):
    proc.add(7, ONE)
    answers = [[listed(ONE, "running", 7), listed(TWO, "exited")]]
    assert len(processes.verified(answers.pop)) == 2


def test_an_orphan_is_known_by_the_files_that_it_mounts(proc, tmp_path):
    config = tmp_path / "etc"
    for name in ("a", "b", "c/deeper"):
        (config / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(config)
    proc.add(7, ONE, mounts=["/", config / "a", "/nowhere/gone"])
    proc.add(8, ONE, parent=7)
    proc.add(9, TWO, mounts=[config / "b"])
    proc.add(10, THREE, mounts=[config / "c" / "deeper", config])
    known = [dataclasses.replace(listed(TWO, "running").container)]
    assert processes.orphans(known, str(tmp_path / "link")) == {"a": [ONE]}
    assert processes.orphans((), str(config)) == {"a": [ONE], "b": [TWO]}
    assert processes.orphans((), str(tmp_path / "none")) == {}


OBEDIENT, DEAF = "echo ready; exec sleep 60", "trap '' TERM; echo ready; while :; do sleep 0.1; done"


@pytest.fixture
def living(proc):
    """Function that starts a process of a container."""
    started = []

    def start(ident, script=OBEDIENT):
        process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE)
        started.append(process)
        process.stdout.readline()
        proc.stand_for(process, ident)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_end_of_a_container_is_that_of_its_processes(living):
    one, other = living(ONE), living(TWO)
    begin = time.monotonic()
    processes.end(ONE, 60)
    assert time.monotonic() - begin < 30
    assert one.wait(10) == -15 and other.poll() is None


def test_who_does_not_end_in_time_is_killed(living):
    process = living(ONE, DEAF)
    begin = time.monotonic()
    processes.end(ONE, 0.3)
    assert 0.3 <= time.monotonic() - begin < 30
    assert process.wait(10) == -9


def test_only_the_first_process_is_asked_to_end(living, proc, monkeypatch):
    """As an engine does: it hands the signal on, or not."""
    process, asked = living(ONE), []
    proc.add(2**22 + 1, ONE, parent=process.pid)
    monkeypatch.setattr(processes, "_kill", lambda pid, kind: asked.append((pid, int(kind))))
    monkeypatch.setattr(processes, "KILL_SECONDS", 0)
    processes.end(ONE, 0)
    assert asked == [(process.pid, 15), (process.pid, 9), (2**22 + 1, 9)]


def test_a_container_that_ended_meanwhile_needs_no_end(proc):
    begin = time.monotonic()
    processes.end(ONE, 60)
    assert time.monotonic() - begin < 10


def test_the_kernel_of_this_machine_can_be_read():
    assert ONE not in processes._by_container()
    assert not processes._has_ended(os.getpid())
    assert processes._parent(os.getpid()) == os.getppid()
