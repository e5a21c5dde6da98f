# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module assign: which targets there are, what nova has of them, and which Docker hosts run which service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.plugin_utils._assignment.assign import MOVES, assign
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks import docker_hosts, nulls, only
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import read
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.variables import OF_TARGETS
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.answers import compute_ids, host_problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.checking import role_specs
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import findings
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.joining import joining, joining_problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller, of_docker_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.strategy import refuse_strategy
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory, variables_of

ARGUMENT_SPEC = dict(
    argument_specs=dict(type="path", required=True),
    answers=dict(type="str", required=True),
    groups=dict(type="dict", default={}),
    only=dict(type="list", elements="str", default=[]),
    rooms=dict(type="dict", default={}),
    move=dict(type="str", choices=list(MOVES), default="never"),
    dead=dict(type="list", elements="str", default=[]),
    standby=dict(type="int", default=0),
    lease=dict(type="bool", default=True),
    ask_nova=dict(type="bool", default=True),
    providers=dict(type="bool", default=False),
    any_host=dict(type="bool", default=False),
    joining_reason=dict(type="str", default=""),
    api_host=dict(type="str", default="localhost"),
)


class ActionModule(ModuleCaller):
    """Reads the inventory on the controller, and asks nova by the connection of the task."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _refuse_variables(self._task.args["argument_specs"], task_vars, self._templar)
        options = self.options(ARGUMENT_SPEC)
        _refuse_turns(self._task, task_vars)
        options["answers"] = of_docker_hosts(options["answers"], task_vars)
        silent = _silent(options["answers"], task_vars)
        asked = [host for host in task_vars["ansible_play_hosts_all"] if host not in silent]
        if options["any_host"] and not asked:
            lines = host_problems({host: [answer] for host, answer in options["answers"].items()})
            return dict(result, failed=True, msg="\n".join(["Nothing was changed.", *lines]))
        known = inventory(self._templar, task_vars, options["groups"])
        selected = only.selected(options["only"], known.hosts)
        found = read(known, selected)
        targets = [target for target in found.targets if target["target"] in selected]
        others = [target for target in found.targets if target["target"] not in selected]
        nova = self._nova(options, task_vars)
        assigned = _assigned(targets, others, options, nova, task_vars)
        new = joining(targets, known.settings_of, nova, options["joining_reason"]) if options["joining_reason"] else []
        joins = self._joins(new, task_vars) if nova else {}
        assigned["problems"] += joining_problems(joins, options["api_host"])
        return dict(
            result,
            changed=False,
            targets=targets,
            others=[target["service"] for target in others],
            limited=bool(options["only"]),
            findings=findings([*only.problems(options["only"], known.hosts), *found.problems]),
            nova=nova,
            aggregates=new,
            joins=joins,
            compute_ids=compute_ids(nova.get("hypervisors") or ()),
            silent=silent,
            asked=asked,
            checks=_checks(targets, assigned, asked),
            **assigned,
        )

    def _nova(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        if not options["ask_nova"]:
            return {}
        arguments = self.arguments("nova_services_info", dict(providers=options["providers"]))
        answer = self.answer("nova_services_info", arguments, task_vars)
        answer.pop("invocation", None)
        return answer

    def _joins(self, new: list[dict[str, Any]], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What will bring new services into their host aggregates: the task of the role runs in check mode."""
        if not new:
            return {}
        answer = self.answer("nova_aggregates", self.arguments("nova_aggregates", dict(services=new)), task_vars)
        answer.pop("invocation", None)
        return answer


def _refuse_turns(task: Any, task_vars: Mapping[str, Any]) -> None:
    """Plays in which Docker hosts do not see each other: each would decide before the others were asked."""
    refuse_strategy(task)
    others = [host for host in task_vars["ansible_play_hosts"] if host not in task_vars["ansible_play_batch"]]
    if others:
        raise AnsibleActionFail(
            f"Nothing was changed. {task_vars['inventory_hostname']}: serial: the Docker hosts are taken in batches, "
            f"and {', '.join(others)} would not be asked what they run. Remove serial from the play. "
            "services_max_unavailable says how many services are interrupted at the same time."
        )


def _refuse_variables(argument_specs: str, task_vars: Mapping[str, Any], templar: Any) -> None:
    """Before the task's own arguments are read, which are made of these variables."""
    specs, host = role_specs(argument_specs), task_vars["inventory_hostname"]
    known = {host: variables_of(task_vars["hostvars"], host) for host in task_vars["ansible_play_hosts_all"]}
    # Variables of a role or a play that includes it are seen by its tasks only.
    seen = dict(known, **{host: task_vars})
    # Those of targets are checked with the targets.
    lines = [
        *nulls.problems(set(specs) - OF_TARGETS, seen),
        *docker_hosts.misspelt(specs, seen),
        *docker_hosts.differing(specs, known),
        *docker_hosts.wrong_types(specs, host, task_vars, templar.template),
    ]
    if lines:
        raise AnsibleActionFail("\n".join(["Nothing was changed.", *map(str, lines)]))


def _silent(answers: Mapping[str, Any], task_vars: Mapping[str, Any]) -> list[str]:
    """Docker hosts that cannot be reached, or were not in reach when the play began."""
    known = task_vars["ansible_play_hosts_all"]
    left_out = [host for host in task_vars["groups"].get("nova_compute_hosts", ()) if host not in known]
    return left_out + [host for host, answer in answers.items() if "unreachable" in answer]


def _assigned(
    targets: list[dict[str, Any]],
    others: list[dict[str, Any]],
    options: Mapping[str, Any],
    nova: Mapping[str, Any],
    task_vars: Mapping[str, Any],
) -> dict[str, Any]:
    rooms = options["rooms"]
    return assign(
        targets,
        list(task_vars["groups"].get("nova_compute_hosts", ())),
        options["answers"],
        capacity={host: room.get("capacity", 0) for host, room in rooms.items()},
        weight={host: room.get("weight", 1) for host, room in rooms.items()},
        known=[record["host"] for record in nova["services"]] if "services" in nova else None,
        move=options["move"],
        dead=options["dead"],
        standby=options["standby"],
        lease=options["lease"],
        others=others,
    )


def _checks(targets: list[dict[str, Any]], assigned: Mapping[str, Any], asked: list[str]) -> dict[str, list[str]]:
    """Docker host -> targets whose variables it checks: its own, and on the first one those that have none."""
    housed = {service for services in assigned["assignments"].values() for service in services}
    homeless = {target["service"] for target in targets} - housed - set(assigned["left_out"])
    wanted = {host: set(assigned["assignments"].get(host, ())) for host in asked}
    if asked:
        wanted[asked[0]] |= homeless
    return {host: [one["target"] for one in targets if one["service"] in own] for host, own in wanted.items()}
