# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module approve_removal: fails with all problems that forbid taking services away, or lists the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import approval, removal
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller, of_docker_hosts

ARGUMENT_SPEC = dict(
    answers=dict(type="str", required=True),
    nova=dict(type="dict", default={}),
    instances_of=dict(type="str"),
    everywhere=dict(type="bool", default=False),
    api_host=dict(type="str", default="localhost"),
)


class ActionModule(ModuleCaller):
    """Asks nova by the connection of the task, if instances stand in the way."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        answers = of_docker_hosts(options["answers"], task_vars)
        services, fleet = removal.contained(answers), options["instances_of"]
        nova = self._nova(services, task_vars) if fleet else options["nova"]
        left_out = _left_out(task_vars) if options["everywhere"] else []
        problems = removal.problems(answers, nova, left_out, options["api_host"])
        if fleet:
            problems += removal.instance_problems(nova.get("instances") or [], fleet)
        if problems:
            return dict(result, **approval.refusal(problems))
        return dict(result, changed=False, problems=[], services=services)

    def _nova(self, services: list[str], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments("nova_services_info", dict(instances_on=services))
        return self.answer("nova_services_info", arguments, task_vars)


def _left_out(task_vars: Mapping[str, Any]) -> list[str]:
    known = task_vars["ansible_play_hosts_all"]
    return [host for host in task_vars["groups"].get("nova_compute_hosts", ()) if host not in known]
