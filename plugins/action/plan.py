# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module plan: checks a Docker host's targets, tries what they need, and plans its containers, with one render."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.module_utils._contract import CONFIG_DIR
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Checked
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import identities, waves
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.checking import (
    CheckedTargets,
    check_targets,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.desired import desired_services
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import findings
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.preflight_options import preflight_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.service_files import service_files
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory

ARGUMENT_SPEC = dict(
    argument_specs=dict(type="path", required=True),
    assignment=dict(type="str", required=True),
    answers=dict(type="str", required=True),
    own_container=dict(type="dict", default={}),
    memory_per_driver_mb=dict(type="dict", default={}),
    density=dict(type="bool", default=False),
    lease=dict(type="bool", default=True),
    parts=dict(type="list", elements="str", choices=["preflight", "containers"], default=["preflight", "containers"]),
    preflight_timeout=dict(type="int", default=10),
    pyvmomi_to_come=dict(type="bool", default=False),
    prune=dict(type="bool", default=False),
    standby=dict(type="int", default=0),
)


class ActionModule(ModuleCaller):
    """Everything that is to be known of a Docker host before a deployment, by one task."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        # Otherwise Python looks for garbage among all that Ansible has loaded, while hundreds of files are made.
        gc.freeze()
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        host, assignment = task_vars["inventory_hostname"], task_vars[options["assignment"]]
        own, of_nova = _own(assignment, host), assignment["compute_ids"]
        check, standbys = assignment["checks"].get(host) or [], assignment["standbys"].get(host) or []
        call = self.arguments("containers", {})
        directory = _directory(call)
        found_ids = self._compute_ids(directory, own, of_nova)
        nova_conf = call.get("nova_conf") or {}
        targets = inventory(self._templar, task_vars, nova_conf.get("groups"))
        answer = task_vars.get(options["answers"]) or {}
        images = answer.get("nova_options") or []
        known = dict(found_ids, **of_nova)
        judged = check_targets(targets, nova_conf, options["argument_specs"], images, check, self._loader)
        memory, dense = options["memory_per_driver_mb"], options["density"]
        services = desired_services(own, options["own_container"], memory, dense)
        ids = _compute_ids(own, known, nova_conf, judged.releases)
        asked = {}
        if "preflight" in options["parts"]:
            asked["preflight"] = self._preflight(options, services, judged, targets, call)
        if "containers" in options["parts"] and not judged.checked.problems:
            asked["containers"] = _containers(options, services, judged.checked, call, ids)
        told = self._dry_run(asked, task_vars) if asked else {}
        plan = told.get("containers") or {}
        steps = plan.get("services") or []
        return dict(
            result,
            changed=False,
            findings=findings(judged.checked.problems),
            claims=judged.checked.claims.listed(),
            warnings=judged.warnings,
            nova_conf=dict(
                releases=judged.releases,
                option_kinds=judged.option_kinds,
                secret_options=judged.secret_options,
                compute_ids={service: uuid for service, uuid in ids.items() if uuid},
            ),
            compute_ids_found=found_ids,
            unwanted=self._unwanted(answer, _services_of_all(assignment), directory, host),
            preflight=told.get("preflight") or {},
            containers=plan,
            services=services,
            changes=any(step["changed"] for step in steps),
            **_cut(steps, standbys, options["standby"], str(call.get("max_unavailable") or 1)),
        )

    def _preflight(
        self,
        options: Mapping[str, Any],
        services: list[dict[str, Any]],
        judged: CheckedTargets,
        targets: Inventory,
        call: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Arguments of the module preflight."""
        tried = preflight_options(
            services, judged.checked.rendered, targets, call.get("container") or {}, options["lease"], judged.releases
        )
        given = dict(
            tried,
            endpoints=judged.checked.endpoints.listed(),
            timeout=options["preflight_timeout"],
            pyvmomi_to_come=options["pyvmomi_to_come"],
        )
        return self.arguments("preflight", given)

    def _dry_run(self, asked: Mapping[str, Mapping[str, Any]], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Results of the modules by the arguments of their calls, from one call.

        Where that call has no result of a module, its own is the reason.
        """
        arguments = {name: value for call in asked.values() for name, value in call.items()}
        answer = self.answer("dry_run", dict(arguments, parts=list(asked)), task_vars)
        reason = {name: value for name, value in answer.items() if name != "invocation"}
        return {part: answer[part] if isinstance(answer.get(part), dict) else reason for part in asked}

    def _compute_ids(self, directory: str, targets: list[dict[str, Any]], of_nova: Mapping[str, str]) -> dict[str, str]:
        """The uuids on the Docker host of services that nova does not know, or was not asked for."""
        if all(target["service"] in of_nova for target in targets):
            return {}
        answer = self._low_level_execute_command(identities.show_compute_ids(directory))
        found = identities.read_compute_ids(answer["stdout"])
        return {service: uuid for service, uuid in found.items() if service not in of_nova}

    def _unwanted(
        self, answer: Mapping[str, Any], services: list[str], directory: str, host: str
    ) -> list[dict[str, Any]]:
        """Containers whose service no target has, each with its hypervisor."""
        unwanted = identities.unwanted_containers(answer, services)
        if not unwanted:
            return []
        drivers = {container["service"]: container["driver"] for container in unwanted}
        answer = self._low_level_execute_command(identities.show_nova_confs(directory, drivers))
        found = identities.read_hypervisors(answer["stdout"], drivers, host)
        return [dict(container, hypervisor=found.get(container["service"], "")) for container in unwanted]


def _containers(
    options: Mapping[str, Any],
    services: list[dict[str, Any]],
    checked: Checked,
    call: Mapping[str, Any],
    ids: Mapping[str, str | None],
) -> dict[str, Any]:
    """Arguments of the module containers, called as a deployment will call it."""
    split = service_files(services, lambda entry: checked.rendered[entry["target"]].files(ids[entry["name"]]))
    others = {name: value for name, value in call.items() if name != "nova_conf"}
    controller = dict(rendered=split.rendered)
    return dict(others, services=split.services, _controller=controller, prune=options["prune"])


def _directory(call: Mapping[str, Any]) -> str:
    """Directory of the services' files. The module expands what shells on the Docker host would not find."""
    directory = str(call.get("config_dir") or CONFIG_DIR)
    if not directory.startswith("/") or "$" in directory or not directory.strip("/"):
        raise AnsibleActionFail(
            f"services_config_dir: {directory!r} is not the absolute path of a directory below /. Write one without "
            f"'~' and '$', such as {CONFIG_DIR}."
        )
    return directory


def _compute_ids(
    targets: list[dict[str, Any]], known: Mapping[str, str], nova_conf: Mapping[str, Any], releases: list[str]
) -> dict[str, str | None]:
    namespace = str(nova_conf.get("identity_namespace") or "")
    drivers = {target["service"]: DRIVERS[target["driver"]] for target in targets}
    return {
        service: identities.compute_id(service, driver, known, namespace, releases)
        for service, driver in drivers.items()
    }


def _own(assignment: Mapping[str, Any], host: str) -> list[dict[str, Any]]:
    """Targets of a Docker host, in the order in which their services are assigned."""
    order = {service: place for place, service in enumerate(assignment["assignments"].get(host) or ())}
    own = [target for target in assignment["targets"] if target["service"] in order]
    return sorted(own, key=lambda target: order[target["service"]])


def _services_of_all(assignment: Mapping[str, Any]) -> list[str]:
    """Service hosts of all targets, on all Docker hosts. A run for some targets leaves the others alone."""
    return [target["service"] for target in assignment["targets"]] + assignment["others"]


def _cut(steps: list[dict[str, Any]], standbys: Iterable[str], standby: int, unavailable: str) -> dict[str, Any]:
    """The waves, and what is done before them on all Docker hosts, where there are standbys."""
    cut = waves.waves(steps, unavailable, apart=standby > 0)
    # Standbys are made last, so that the first containers take the leases.
    created = {step["name"] for step in steps if step["action"] == "create"} & set(standbys)
    gentle = [name for wave in cut if not wave["gated"] for name in wave["names"] if name not in created]
    return dict(waves=[wave for wave in cut if wave["gated"] or not standby], gentle=gentle)
