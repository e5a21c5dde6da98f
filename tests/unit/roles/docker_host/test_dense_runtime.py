# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runtime's program as a process, with a runc that prints its arguments and its personality."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[4] / "roles/docker_host/files/dense_runtime.py"
RUNC = """#!/bin/sh
echo "$0 $*"
cat /proc/$$/personality
"""


def run(directory, *arguments):
    # Instead of the machine's directories, in which the program searches as well.
    code = PROGRAM.read_text(encoding="utf-8").replace("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "")
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, *arguments],
        env=dict(os.environ, PATH=str(directory)),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def runc(tmp_path):
    path = tmp_path / "runc"
    path.write_text(RUNC.replace("cat ", "/bin/cat "), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("command", ["start", "kill", "delete", "exec", "state"])
def test_it_is_runc(runc, command):
    done = run(runc.parent, "--root", "/r", command, "id")
    assert done.stdout.splitlines()[0] == f"{runc} --root /r {command} id"
    assert int(done.stdout.splitlines()[1], 16) & 0x0040000 == 0


def test_without_runc_it_says_so_where_docker_reads_it(tmp_path):
    log = tmp_path / "log.json"
    done = run(tmp_path, "--log", str(log), "--log-format", "json", "start", "id")
    assert done.returncode == 1
    assert f"no runc in {tmp_path}" in done.stderr
    said = json.loads(log.read_text(encoding="utf-8"))
    assert said["level"] == "error"
    assert f"no runc in {tmp_path}" in said["msg"]
