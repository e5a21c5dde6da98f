# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes each result of a run as a line of JSON, for the tests of the role."""

from __future__ import annotations

import json

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: role_tests
type: stdout
short_description: Results as lines of JSON
description: [For the tests of the role.]
"""


class CallbackModule(CallbackBase):
    """Writes a line for each result, and one at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "role_tests"

    def _tell(self, **words):
        print(json.dumps(dict(nfr=words), default=str), flush=True)

    def _result(self, result, **more):
        answer = {key: value for key, value in result.result.items() if key != "invocation"}
        task = result.task
        self._tell(task=task.get_name(), id=str(task._uuid), host=result.host.get_name(), result=dict(answer, **more))

    def v2_runner_on_ok(self, result):
        self._result(result)

    def v2_runner_on_skipped(self, result):
        self._result(result, skipped=True)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result(result, failed=True, _ignored=ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self._result(result, unreachable=True)

    def v2_playbook_on_stats(self, stats):
        self._tell(stats={host: stats.summarize(host) for host in stats.processed})
