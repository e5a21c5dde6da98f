# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module services_status: inventory, Docker and nova, compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import check_problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller, of_docker_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import status_text

ARGUMENT_SPEC = dict(
    assignment=dict(type="str", required=True),
    answers=dict(type="str", required=True),
    plans=dict(type="str", required=True),
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
        assignment = task_vars[options["assignment"]]
        answers, plans = (of_docker_hosts(options[name], task_vars) for name in ("answers", "plans"))
        usable = {host: plan for host, plan in plans.items() if plan and not unusable(plan, "plan", host)}
        left_out = sorted(set(assignment["silent"]) - set(answers))
        compared = status(
            assignment["targets"],
            {**answers, **{host: {} for host in left_out}},
            assignment["nova"],
            _answered_plans(plans, usable),
            options["logs"],
            options["identity_namespace"],
            _problems(assignment, answers, plans, usable, left_out),
            options["standby"],
            bool(assignment.get("limited")),
        )
        unwell: dict[str, list[str]] = {}
        for row in compared["services"]:
            if row["unwell"]:
                unwell.setdefault(row["docker_host"], []).append(row["service"])
        return dict(result, changed=False, status=compared, text=status_text(compared), unwell=unwell)


def _answered_plans(plans: Mapping[str, Any], usable: Mapping[str, Any]) -> dict[str, Any]:
    """Docker host -> answer of the module containers, empty without one. Wrong targets are not planned at all."""
    answers = {host: usable[host]["containers"] if host in usable else {} for host in plans}
    return {host: answer for host, answer in answers.items() if answer or host not in usable}


def _problems(
    assignment: Mapping[str, Any],
    answers: Mapping[str, Any],
    plans: Mapping[str, Any],
    usable: Mapping[str, Any],
    left_out: list[str],
) -> list[str]:
    found = check_problems(assignment, usable)
    # If a Docker host does not answer, its plan only repeats why.
    for host in sorted(plans):
        found += unusable(plans[host], "plan", host) if "services" in answers.get(host, {}) else []
    found += [
        f"{host}: --limit: this Docker host is not in the run, so its services are unknown. Run without --limit."
        for host in left_out
    ]
    return found
