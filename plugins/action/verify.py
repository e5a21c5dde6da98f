# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module verify: asks nova once for the services of all Docker hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import verification
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller, of_docker_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import WAITING, cause, unusable

ARGUMENT_SPEC = dict(
    held=dict(type="str", required=True),
    plans=dict(type="str", required=True),
    assignment=dict(type="str", required=True),
    changed=dict(type="bool", default=True),
    mapped=dict(type="bool", default=False),
    not_up=dict(type="list", elements="str", default=[]),
    new_mark=dict(type="str", required=True),
    joining_reason=dict(type="str", required=True),
    timeout=dict(type="int", default=120),
)


class ActionModule(ModuleCaller):
    """Waits until services are up, and until their hosts are mapped if nothing has to be done before."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        deployed, assignment = _deployed(options, task_vars), task_vars[options["assignment"]]
        names, before = verification.names(assignment["assignments"], deployed), assignment["nova"]
        if not options["changed"] and verification.is_well(names, deployed, before):
            answer = dict(before, not_up=[], not_mapped=[], not_provided=[])
            return dict(result, changed=False, **self._verified(answer, options, deployed, names, []))
        errors, fresh = verification.failed(deployed), verification.unknown_hosts(names, before)
        known = [name for name in names if name not in errors + options["not_up"]]
        wait_for = dict(
            up={name: since for name, since in verification.sound(deployed).items() if name not in options["not_up"]},
            mapped=known if options["mapped"] or not fresh else [],
        )
        given = dict(wait_for=wait_for, timeout=options["timeout"])
        answer = self.answer("nova_services_info", self.arguments("nova_services_info", given), task_vars)
        if unusable(answer, WAITING, "") or answer.get("failed"):
            return dict(result, failed=True, msg=cause(answer))
        return dict(result, changed=False, **self._verified(answer, options, deployed, names, fresh))

    def _verified(
        self,
        answer: Mapping[str, Any],
        options: Mapping[str, Any],
        deployed: verification.Deployed,
        names: list[str],
        fresh: list[str],
    ) -> dict[str, Any]:
        told = {key: answer[key] for key in ("not_mapped", "not_provided")}
        services = answer["services"]
        not_up = sorted({*answer["not_up"], *options["not_up"]})
        wrong = {*not_up, *told["not_mapped"], *told["not_provided"]}
        mapped = {node["host"] for node in answer["hypervisors"]}
        kept = verification.kept_disabled(services, set(names) - wrong, options["new_mark"])
        return dict(
            told,
            not_up=not_up,
            fresh=[name for name in fresh if name not in not_up],
            unmapped=[name for name in names if name not in mapped and name not in not_up],
            kept=kept,
            joining=verification.joining(services, kept, options["joining_reason"]),
            failing=sorted(wrong | set(verification.failed(deployed))),
        )


def _deployed(options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Docker host -> result of the module containers. Where there was nothing to do, it is that of the dry run."""
    answers = of_docker_hosts(options["held" if options["changed"] else "plans"], task_vars)
    found = {host: answers[host] for host in task_vars["ansible_play_hosts"]}
    return found if options["changed"] else {host: plan["containers"] for host, plan in found.items()}
