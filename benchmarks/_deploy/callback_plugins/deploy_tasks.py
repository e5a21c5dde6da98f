# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts the tasks of a run by kind. The baseline runs the same number of each kind."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible.executor.stats import AggregateStats
from ansible.executor.task_result import CallbackTaskResult
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: deploy_tasks
type: notification
short_description: Count the tasks of a run
description: [For benchmarks/deploy.]
"""


class CallbackModule(CallbackBase):
    """Writes the counts as JSON to the file that the environment names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "deploy_tasks"

    def __init__(self) -> None:
        super().__init__()
        self.counts = dict(modules=0, actions=0, skipped=0)

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        # Only a module that ran in a process of its own returns its arguments.
        self.counts["modules" if "invocation" in result.result else "actions"] += 1

    def v2_runner_on_failed(self, result: CallbackTaskResult, **_more: bool) -> None:
        self.v2_runner_on_ok(result)

    def v2_runner_on_skipped(self, _result: CallbackTaskResult) -> None:
        self.counts["skipped"] += 1

    def v2_playbook_on_stats(self, _stats: AggregateStats) -> None:
        Path(os.environ["NOVAFLEET_BENCHMARK_TASKS"]).write_text(json.dumps(self.counts), encoding="utf-8")
