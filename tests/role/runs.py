# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ansible-playbook, and their results, as the callback role_tests wrote them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

RUN_SECONDS = 120


@dataclass
class Run:
    """One ansible-playbook that has ended.

    Attributes:
        status: its exit status.
        text: all its output.
        stats: dict, host -> dict with ok, changed, failures, unreachable, skipped.
        tasks: list of (name of the task, dict of host -> result), in order.
    """

    status: int
    text: str
    stats: dict
    tasks: list

    @property
    def failed(self) -> bool:
        return self.status != 0

    @property
    def message(self) -> str:
        """All messages of failed tasks."""
        told = [
            str(result.get("msg", "")) for _name, results in self.tasks for result in results.values() if _bad(result)
        ]
        return "\n".join(told)

    def assert_refused(self, *patterns: str) -> None:
        """Assert that the run was refused before anything was changed, with a message that has each pattern."""
        assert self.failed and "Nothing was changed" in self.message, self.text
        for pattern in patterns:
            assert re.search(pattern, self.message, re.IGNORECASE), f"no {pattern} in:\n{self.message}"

    def results(self, task: str) -> dict:
        """Host -> result of the last task with this name, without the role's name."""
        found = [results for name, results in self.tasks if name.rpartition(" : ")[2] == task]
        assert found, f"no task {task} in {[name for name, _results in self.tasks]}"
        return found[-1]

    def ran(self, task: str) -> bool:
        """Whether a task with this name ran on any host."""
        return any(
            name.rpartition(" : ")[2] == task and not all(result.get("skipped") for result in results.values())
            for name, results in self.tasks
        )


def _bad(result: dict) -> bool:
    return bool(result.get("failed") or result.get("unreachable")) and not result.get("_ignored")


class Begun:
    """A run in progress. wait() waits for its end."""

    def __init__(self, process: subprocess.Popen, log: Path):
        self.process, self.log = process, log

    def wait(self, seconds: float = RUN_SECONDS) -> Run:
        """Wait for its end. Raises AssertionError if it takes longer than a number of seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            end(self.process)
            raise AssertionError(f"the run did not end within {seconds} s:\n{self._text()}") from None
        lines = [line for line in self._text().splitlines() if line.startswith('{"nfr": ')]
        told = [json.loads(line)["nfr"] for line in lines]
        stats = next((one["stats"] for one in told if "stats" in one), {})
        return Run(self.process.returncode, self._readable(told), stats, _tasks(told))

    def kill(self) -> None:
        """Send SIGKILL to it and to all processes that it has started."""
        end(self.process)

    def _text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _readable(self, told: list) -> str:
        plain = [line for line in self._text().splitlines() if not line.startswith('{"nfr": ')]
        shown = [f"{one['task']} [{one['host']}]{_shown(one['result'])}" for one in told if "task" in one]
        return "\n".join(plain + shown)


def _shown(result: dict) -> str:
    """The parts of a task's result that help to understand a failed test."""
    return ": " + json.dumps(result) if _bad(result) else " skipped" if result.get("skipped") else ""


def _tasks(told: list) -> list:
    tasks, names = [], {}
    for one in told:
        if "task" in one:
            if one["id"] not in names:
                names[one["id"]] = {}
                tasks.append((one["task"], names[one["id"]]))
            names[one["id"]][one["host"]] = one["result"]
    return tasks


def end(process: subprocess.Popen) -> None:
    """Send SIGKILL to a run and to all processes that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
