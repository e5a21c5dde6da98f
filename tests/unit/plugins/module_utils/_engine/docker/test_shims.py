# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes with the name of containerd's shim, each with a child in place of a container's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LOST
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import shims

# A shim reaps its children, and remains after they have ended.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(["sh", "-c", sys.argv[-1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
time.sleep(60)
"""
WAITS = 'import time; print("ready", flush=True); time.sleep(60)'
OBEDIENT, DEAF = "echo ready; exec sleep 60", "trap '' TERM; echo ready; while :; do sleep 0.1; done"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(shims, "CONFIRM_SECONDS", 0)
    monkeypatch.setattr(shims, "POLL_SECONDS", 0.01)


@pytest.fixture
def shim():
    """Function that starts a shim for a container, and returns it as soon as its child is running."""
    started = []

    def start(ident, child=OBEDIENT, name="/usr/bin/containerd-shim-runc-v2", bundle=None):
        words = [name, "-c", PARENT, "-namespace", "moby", "-id", ident, "-address", "x", child]
        # Python searches its library next to the path by which it is called, unless PYTHONHOME names it.
        home = dict(os.environ, PYTHONHOME=sys.base_prefix)
        process = subprocess.Popen(words, executable=sys.executable, stdout=subprocess.PIPE, cwd=bundle, env=home)
        started.append((process, int(process.stdout.readline())))
        return started[-1]

    yield start
    for process, child in started:
        shims._kill(child, shims.signal.SIGKILL)
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("state", ["created", "exited", "dead"])
def test_a_stopped_container_whose_shim_lives_is_lost(engine, shim, state):
    one, other = engine.add("n-a", "a", state), engine.add("n-b", "b", state)
    shim(one.id)
    assert {found.name: found.state for found in shims.verified(engine.containers)} == {"n-a": LOST, "n-b": other.state}


def test_what_runs_or_is_not_ours_or_has_no_shim_is_as_the_engine_says(engine, shim):
    running, foreign, other = engine.add("n-a", "a"), engine.add("x", state="exited"), engine.add("n-b", "b", "exited")
    shim(running.id)
    shim(foreign.id)
    shim(other.id, name="/usr/bin/somebody")
    assert shims.verified(engine.containers) == engine.containers()


def test_a_container_that_is_only_being_started_is_not_lost(engine, shim):
    one, listed = engine.add("n-a", "a", "created"), engine.containers
    shim(one.id)

    def containers():
        found = listed()
        engine._set(one, state="running")
        return found

    engine.containers = containers
    assert [found.state for found in shims.verified(engine.containers)] == ["running"]


def test_the_end_of_a_lost_container_is_that_of_its_process_and_of_its_shim(shim):
    (process, child), (other, _others) = shim("1" * 64), shim("2" * 64)
    begin = time.monotonic()
    shims.end("1" * 64, 60, shims.Shims())
    assert time.monotonic() - begin < 30
    assert process.wait(10) == -9
    with pytest.raises(ProcessLookupError):
        shims.os.kill(child, 0)
    assert other.poll() is None


def test_who_does_not_end_in_time_is_killed(shim):
    process, child = shim("1" * 64, DEAF)
    begin = time.monotonic()
    shims.end("1" * 64, 0.3, shims.Shims())
    assert 0.3 <= time.monotonic() - begin < 30
    assert process.wait(10) == -9
    with pytest.raises(ProcessLookupError):
        shims.os.kill(child, 0)


def test_a_container_that_ended_meanwhile_needs_no_end():
    assert shims.end("3" * 64, 60, shims.Shims()) is None


def test_what_lives_on_of_a_removed_container_is_ended(shim):
    process, child = shim("1" * 64)
    shims.end_removed("1" * 64, 60, shims.Shims())
    assert process.wait(10) == -9
    with pytest.raises(ProcessLookupError):
        shims.os.kill(child, 0)


def test_a_shim_that_ends_by_itself_is_let_end(shim, monkeypatch):
    """As all shims do a moment after the container is removed."""
    monkeypatch.setattr(shims, "CONFIRM_SECONDS", 30)
    process, child = shim("1" * 64)
    ends = threading.Timer(0.2, lambda: (process.terminate(), process.wait()))
    ends.start()
    begin = time.monotonic()
    shims.end_removed("1" * 64, 60, shims.Shims())
    ends.join()
    assert 0.2 <= time.monotonic() - begin < 10
    assert process.returncode == -shims.signal.SIGTERM
    shims.os.kill(child, 0)


def test_shims_come_and_go_between_two_looks(shim):
    known = shims.Shims()
    process, _child = shim("1" * 64)
    assert known.find("1" * 64) == process.pid
    second, _child = shim("2" * 64)
    process.kill()
    process.wait()
    assert (known.find("1" * 64), known.find("2" * 64)) == (None, second.pid)


def test_a_shim_that_has_ended_is_gone_before_its_parent_takes_note(shim):
    known = shims.Shims()
    process, _child = shim("1" * 64)
    assert known.find("1" * 64) == process.pid
    process.kill()
    shims.os.waitid(shims.os.P_PID, process.pid, shims.os.WEXITED | shims.os.WNOWAIT)
    assert process.pid in shims._pids()
    assert known.find("1" * 64) is None


def test_a_second_look_reads_only_what_is_new(monkeypatch):
    known, read = shims.Shims(), []
    known.find("1" * 64)
    looks = shims._container_of
    monkeypatch.setattr(shims, "_container_of", lambda pid: read.append(pid) or looks(pid))
    monkeypatch.setattr(shims, "_pids", lambda pids=shims._pids: [*pids(), 10**9])
    known.find("1" * 64)
    assert 10**9 in read
    assert shims.os.getpid() not in read


def test_an_orphan_is_known_by_the_files_that_it_mounts(engine, shim, tmp_path):
    known, config = engine.add("n-a", "a"), tmp_path / "etc"
    config.mkdir()
    (tmp_path / "link").symlink_to(config)
    sources = {known.id: "a", "2" * 64: "a", "3" * 64: "b", "4" * 64: "../etc-of-others/a", "5" * 64: "a/deeper"}
    for ident, source in sources.items():
        bundle = tmp_path / ident
        bundle.mkdir()
        mounts = [dict(destination="/proc", type="proc"), dict(destination="/etc/nova", source=f"{config}/{source}")]
        (bundle / "config.json").write_text(json.dumps(dict(mounts=mounts)), encoding="utf-8")
        shim(ident, bundle=bundle)
    for ident, text in {"6" * 64: "{}", "7" * 64: ""}.items():
        (tmp_path / ident).mkdir()
        (tmp_path / ident / "config.json").write_text(text, encoding="utf-8")
        shim(ident, bundle=tmp_path / ident)
    orphans = shims.orphans(engine.containers(), str(tmp_path / "link"))
    assert orphans == {"a": ["2" * 64], "b": ["3" * 64]}


@pytest.fixture
def bundle(tmp_path):
    """Function that writes the bundle of a container that mounts a directory, and returns its path."""

    def write(ident, source):
        path = tmp_path / ident
        path.mkdir()
        (path / "config.json").write_text(json.dumps(dict(mounts=[dict(source=str(source))])), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "machine, known",
    [
        (["unshare", "--pid", "--kill-child", "--fork"], []),
        (["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs "$DIR" && mkdir "$DIR/a" && exec "$@"', "sh"], []),
        (["unshare", "--mount"], ["1" * 64]),
    ],
    ids=["other-process-ids", "other-directory", "other-mounts"],
)
def test_a_container_of_an_engine_inside_a_container_is_not_an_orphan(tmp_path, bundle, machine, known):
    config, ident = tmp_path / "etc", "1" * 64
    (config / "a").mkdir(parents=True)
    shim = ["bash", "-c", f"exec -a containerd-shim-runc-v2 {sys.executable} -c '{WAITS}' -id {ident} x"]
    environment = dict(os.environ, DIR=str(config))
    process = subprocess.Popen(
        [*machine, *shim], stdout=subprocess.PIPE, cwd=bundle(ident, config / "a"), env=environment
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        assert shims.orphans([], str(config)) == ({"a": known} if known else {})
    finally:
        process.kill()
        process.communicate()
