# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Output for people who watch a long playbook: a line for each play, and all details of failures."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Show one line for each play, and failures in full
version_added: 1.0.0
description:
  - Shows the current play and the number of plays, the elapsed time, and on a terminal also the task.
  - Shows messages of the C(debug) action, warnings and diffs, but no successful tasks.
  - Shows failures in the same way as the C(default) callback.
  - Ends with a summary of the changes.
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - default_callback
  - result_format_callback
options:
  progress_interval:
    description: Seconds after which the name of a running task is printed again, if the output is not a terminal.
    type: int
    default: 60
    env:
      - name: NOVAFLEET_PROGRESS_INTERVAL
    ini:
      - section: novafleet
        key: progress_interval
  progress_started:
    description: Start time of the whole work, in seconds since the epoch. 0 means the start of this run.
    type: float
    default: 0
    env:
      - name: NOVAFLEET_PROGRESS_STARTED
  progress_steps_before:
    description: Number of steps of that work before this run. They are counted with the plays of this run.
    type: int
    default: 0
    env:
      - name: NOVAFLEET_PROGRESS_STEPS_BEFORE
requirements:
  - Set C(stdout_callback) to V(novafleet.compute.progress) in the configuration.
"""

import os
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback.default import CallbackModule as Default

if TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.playbook import Playbook
    from ansible.playbook.included_file import IncludedFile
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task

# Up to this number, changed tasks are listed one by one. Those of a first run would fill the screen.
LISTED_CHANGES = 12
CLEAR_LINE = "\r\033[K"


def clock(seconds: float) -> str:
    """Seconds as minutes:seconds."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def short_name(task: Task) -> str:
    """A task's name without the name of its role."""
    return task.get_name().strip().rpartition(" : ")[2]


class Ticker(threading.Thread):
    """Shows the running task: on one line that changes on a terminal, or with a line at intervals elsewhere.

    It writes with os.write. A lock of Python's own buffers that is held while Ansible forks a worker would stay locked
    there.
    """

    def __init__(self, started: float, interval: float):
        super().__init__(daemon=True)
        self.started = started
        self.interval = interval  # seconds
        self.stopped = threading.Event()
        self.terminal = sys.stdout.isatty()
        self.head, self.task, self.since = "", "", started

    def show(self, head: str, task: str) -> None:
        """Show this task as the running one."""
        self.head, self.task, self.since = head, task, time.monotonic()

    def run(self) -> None:
        while not self.stopped.wait(1):
            if self.terminal:
                self.draw()
            elif self.task and time.monotonic() - self.since >= self.interval:
                self.since += self.interval
                self.write(f"    {clock(time.monotonic() - self.started)} {self.task} ...\n")

    def draw(self) -> None:
        """Replace the line."""
        if self.task:
            line = f"[{self.head} {clock(time.monotonic() - self.started)}] {self.task}"
            self.write(CLEAR_LINE + line[: shutil.get_terminal_size().columns - 1] + "\r")

    def erase(self) -> None:
        """Clear the line for other output."""
        if self.terminal:
            self.write(CLEAR_LINE)

    @staticmethod
    def write(text: str) -> None:
        """Write without a buffer."""
        os.write(sys.stdout.fileno(), text.encode("utf-8", "replace"))


class CallbackModule(Default):
    """The default callback without output of successful tasks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "novafleet.compute.progress"

    def __init__(self) -> None:
        super().__init__()
        self.started = time.monotonic()
        self.steps, self.step = 0, 0
        self.changes: dict[str, str] = {}
        # Runs from the start of the playbook. Ansible calls v2_playbook_on_start first.
        self.ticker: Ticker

    def line(self, text: str, **kwargs: Any) -> None:
        """Print a line of this callback."""
        self.ticker.erase()
        self._display.display(text, **kwargs)

    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        self.step = self.get_option("progress_steps_before")
        self.steps = self.step + len(playbook.get_plays())
        if self.get_option("progress_started"):
            self.started -= time.time() - self.get_option("progress_started")
        self.ticker = Ticker(self.started, self.get_option("progress_interval"))
        self.ticker.start()

    def v2_playbook_on_play_start(self, play: Play) -> None:
        self._play = play
        self.step += 1
        self.ticker.task = ""
        head = f"{self.step}/{self.steps}"
        self.line(f"[{head} {clock(time.monotonic() - self.started)}] {play.get_name().strip()}", color="bright blue")

    def _task_start(self, task: Task, prefix: str | None = None) -> None:
        self._task_type_cache[task._uuid] = prefix
        self._last_task_name = task.get_name().strip()
        self.ticker.show(f"{self.step}/{self.steps}", short_name(task))

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        answer, task = result.result, result.task
        if answer.get("changed"):
            self.changes[task._uuid] = f"{self._play.get_name().strip()}: {short_name(task)}"
        if answer.get("warnings"):
            self.ticker.erase()
        self._handle_warnings(answer)
        if task.action.rpartition(".")[2] == "debug" and "msg" in answer:
            self.line(self.message(answer["msg"]))

    @staticmethod
    def message(msg: object) -> str:
        """The message of a debug task, as lines."""
        return "\n".join(str(line) for line in msg) if isinstance(msg, list) else str(msg)

    def v2_runner_item_on_ok(self, result: CallbackTaskResult) -> None:
        self.v2_runner_on_ok(result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self.ticker.erase()
            super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_item_on_failed(self, result: CallbackTaskResult) -> None:
        if not result.task.ignore_errors:
            self.ticker.erase()
            super().v2_runner_item_on_failed(result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        if not result.task.ignore_unreachable:
            self.ticker.erase()
            super().v2_runner_on_unreachable(result)

    def v2_on_file_diff(self, result: CallbackTaskResult) -> None:
        self.ticker.erase()
        super().v2_on_file_diff(result)

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        pass

    def v2_runner_item_on_skipped(self, result: CallbackTaskResult) -> None:
        pass

    def v2_runner_retry(self, result: CallbackTaskResult) -> None:
        pass

    def v2_playbook_on_include(self, included_file: IncludedFile) -> None:
        pass

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self.line("    no host of the inventory matches this step")

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        pass

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        self.ticker.stopped.set()
        self.ticker.join()
        counts = [stats.summarize(host) for host in stats.processed]
        changed, failed = (sum(count[key] for count in counts) for key in ("changed", "failures"))
        failed += sum(count["unreachable"] for count in counts)
        taken = clock(time.monotonic() - self.started)
        if failed:
            self.line(f"Failed after {taken} (failed={failed} changed={changed}).", color="red")
        elif changed:
            self.line(f"Done in {taken} (changed={changed}).", color="green")
        else:
            self.line(f"Done in {taken}: nothing changed (changed=0).", color="green")
        if len(self.changes) <= LISTED_CHANGES:
            for change in self.changes.values():
                self.line(f"    changed: {change}")
