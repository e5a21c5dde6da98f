# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module services_status: inventory, Docker and nova, compared."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import check_problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import status_text

ARGUMENT_SPEC = dict(
    assignment=dict(type="dict", required=True),
    answers=dict(type="dict", required=True),
    plans=dict(type="dict", required=True),
    logs=dict(type="dict", default={}),
    identity_namespace=dict(type="str", required=True),
    standby=dict(type="int", default=0),
)


class ActionModule(ModuleCaller):
    """Everything it needs was read before: it sends no request."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        assignment, plans = options["assignment"], options["plans"]
        usable = {host: plan for host, plan in plans.items() if plan and not unusable(plan, "plan", host)}
        # What a Docker host that does not answer says of its plan is the same once more.
        answered = {host for host, answer in options["answers"].items() if "services" in answer}
        problems = check_problems(assignment, usable)
        for host in sorted(answered & set(plans)):
            problems += unusable(plans[host], "plan", host)
        compared = status(
            assignment["targets"],
            options["answers"],
            assignment["nova"],
            {host: plan["containers"] for host, plan in usable.items()},
            options["logs"],
            options["identity_namespace"],
            problems,
            options["standby"],
            bool(assignment.get("limited")),
        )
        unwell: dict[str, list[str]] = {}
        for row in compared["services"]:
            if row["unwell"]:
                unwell.setdefault(row["docker_host"], []).append(row["service"])
        return dict(result, changed=False, status=compared, text=status_text(compared), unwell=unwell)
