# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.callback import progress

TASKS = [
    {"name": "Say", "ansible.builtin.debug": dict(msg=["one", "two"])},
    {"name": "Change", "ansible.builtin.command": dict(cmd="true")},
    {"name": "Keep", "ansible.builtin.command": dict(cmd="true"), "changed_when": False},
    {"name": "Ignored", "ansible.builtin.fail": dict(msg="nothing"), "ignore_errors": True},
]
FAILING = {"name": "Break", "ansible.builtin.fail": dict(msg="broken")}


@pytest.fixture
def play(tmp_path):
    """Runs tasks in a playbook with the callback: (return code, output)."""

    def run(tasks):
        book = tmp_path / "play.yml"
        here = dict(ansible_connection="local", ansible_python_interpreter=sys.executable)
        entry = dict(name="Play", hosts="localhost", gather_facts=False, vars=here, tasks=tasks)
        book.write_text(json.dumps([entry]))
        program = Path(sys.executable).with_name("ansible-playbook")
        environment = dict(
            os.environ, ANSIBLE_STDOUT_CALLBACK="novafleet.compute.progress", ANSIBLE_LOCALHOST_WARNING="false"
        )
        command = [program, "--inventory", "localhost,", book]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout

    return run


def test_changes_are_listed_and_messages_shown(play):
    code, said = play(TASKS)
    assert code == 0, said
    first, *middle, done, change = said.splitlines()
    assert first.startswith("[1/1 ")
    assert first.endswith("] Play")
    assert middle == ["one", "two"]
    assert done.startswith("Done in ")
    assert done.endswith("(changed=1).")
    assert change == "    changed: Play: Change"


def test_a_failure_is_shown_in_full(play):
    code, said = play([FAILING])
    assert code == 2
    assert "broken" in said
    assert "(failed=1 changed=0)" in said


class PublicResult:
    """A task's result with the attributes that remain in ansible-core 2.23."""

    def __init__(self, **answer):
        self.result = answer
        self.task = SimpleNamespace(
            action="ansible.builtin.command",
            get_name=lambda: "role : Task",
            ignore_errors=True,
            ignore_unreachable=True,
            _uuid="1",
        )


def test_only_public_attributes_of_results_are_read():
    callback = progress.CallbackModule()
    callback._play = SimpleNamespace(get_name=lambda: "Play")
    callback.v2_runner_on_ok(PublicResult(changed=True))
    callback.v2_runner_item_on_failed(PublicResult(failed=True))
    callback.v2_runner_on_unreachable(PublicResult(unreachable=True))
    assert callback.changes == {"1": "Play: Task"}
