# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import lock
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.lock import Locked, fleet_lock

HOLDER = """
import sys, time
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import lock
lock.LOCK_DIRECTORY = sys.argv[1]
with lock.fleet_lock("nova", 0, shared=sys.argv[2] == "shared"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "LOCK_DIRECTORY", str(tmp_path / "lock"))
    return str(tmp_path / "lock")


@pytest.fixture
def holder(directory):
    """Starts processes that hold the lock of the fleet nova."""
    started = []

    def start(kind="exclusive"):
        command = [sys.executable, "-c", HOLDER, directory, kind]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_process_is_refused(holder, directory):
    holder()
    with pytest.raises(Locked, match="Another run holds this fleet") as refused, fleet_lock("nova", 0):
        pass
    assert directory in str(refused.value) and "lock_timeout" in str(refused.value)


def test_a_second_process_waits_as_long_as_it_is_told(holder):
    holder()
    begin = time.monotonic()
    with pytest.raises(Locked), fleet_lock("nova", 0.5):
        pass
    assert 0.5 <= time.monotonic() - begin < 5


def test_the_kernel_releases_the_lock_of_a_killed_process(holder):
    process = holder()
    process.send_signal(signal.SIGKILL)
    with fleet_lock("nova", 10):
        assert process.wait() == -signal.SIGKILL


def test_the_lock_is_free_after_a_failure():
    with pytest.raises(KeyError), fleet_lock("nova", 0):
        raise KeyError
    with fleet_lock("nova", 0):
        assert os.listdir(lock.LOCK_DIRECTORY) == ["novafleet-nova.lock"]


def test_readers_share_and_keep_writers_out(holder):
    holder("shared")
    with fleet_lock("nova", 0, shared=True), pytest.raises(Locked), fleet_lock("nova", 0):
        pass


def test_a_writer_keeps_readers_out(holder):
    holder()
    with pytest.raises(Locked), fleet_lock("nova", 0, shared=True):
        pass


def test_fleets_do_not_wait_for_each_other(holder):
    holder()
    with fleet_lock("sandbox", 0):
        assert sorted(os.listdir(lock.LOCK_DIRECTORY)) == ["novafleet-nova.lock", "novafleet-sandbox.lock"]


def test_a_fleet_name_is_no_path(directory):
    with fleet_lock("../../x/y", 0):
        assert len(os.listdir(directory)) == 1
