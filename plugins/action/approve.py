# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module approve: fails with all problems that forbid a deployment, or reports what it will do."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import approval
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller, of_docker_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.waves import move_waves
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import table

ARGUMENT_SPEC = dict(
    assignment=dict(type="str", required=True),
    answers=dict(type="str", required=True),
    plans=dict(type="str", required=True),
    api_host=dict(type="str", default="localhost"),
    lease=dict(type="bool", default=True),
    dead=dict(type="list", elements="str", default=[]),
    prune=dict(type="bool", default=False),
    max_unavailable=dict(type="str", default="1"),
)


class ActionModule(ModuleCaller):
    """All data was read before, so it sends no request."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        assignment = task_vars[options["assignment"]]
        answers, plans = (of_docker_hosts(options[name], task_vars) for name in ("answers", "plans"))
        problems = approval.problems(assignment, answers, plans, options["api_host"], options["lease"])
        if problems:
            return dict(result, **approval.refusal(problems, approval.silent_reports(assignment, options["dead"])))
        moves = table(assignment["moves"], ("service", "from", "to")) if assignment["moves"] else []
        return dict(
            result,
            changed=False,
            problems=[],
            reports=[*approval.reports(assignment, plans, options["dead"], options["prune"]), *moves],
            changes=approval.changes(assignment, plans),
            waiting=approval.waiting(answers),
            leaving=any(assignment["leaving"].values()),
            move_waves=move_waves(assignment["moves"], options["max_unavailable"]),
        )
