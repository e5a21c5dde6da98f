# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module check_targets: all of it happens here, on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Checked, check, read
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import findings
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds, secret_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory, renderer

NOVA_OPTIONS_SPEC = dict(
    image=dict(type="str", required=True),
    options=dict(type="str", required=True),
    reason=dict(type="str", default=""),
)

ARGUMENT_SPEC = dict(
    templates=dict(type="path", required=True),
    base=dict(type="path"),
    argument_specs=dict(type="path", required=True),
    groups=dict(type="dict", default={}),
    nova_options=dict(type="list", elements="dict", options=NOVA_OPTIONS_SPEC, default=[]),
    names_only=dict(type="bool", default=False),
    only=dict(type="list", elements="str"),
)


class ActionModule(ActionBase):
    """Reads the inventory, tells the targets and every problem in their variables."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        _refuse_strategy(self._task)
        options = validated.validated_parameters
        lists = [
            NovaOptions.unpack(text) for text in {image["options"]: "" for image in options["nova_options"]} if text
        ]
        releases = [listed.release for listed in lists]
        kinds = OptionKinds(lists)
        try:
            made = renderer(dict(options, releases=releases), self._loader, kinds)
        except (NovaConfError, AnsibleError, OSError) as error:
            found = Checked(problems=[_unusable_base(options["base"], error)])
        else:
            found = self._checked(options, task_vars or {}, made, lists)
        # Targets on other Docker hosts may claim the same: with some targets only, whoever sees all of them warns.
        claims = [] if options["only"] else found.claims.warnings()
        return dict(
            result,
            changed=False,
            warnings=_unchecked(found, options["nova_options"]) + [str(warning) for warning in found.warnings + claims],
            targets=found.targets,
            endpoints=found.endpoints.listed(),
            releases=releases,
            option_kinds=kinds.words,
            secret_options=secret_options(lists),
            findings=findings(found.problems),
            claims=found.claims.listed(),
            problems=[str(problem) for problem in found.problems],
        )

    def _checked(
        self, options: dict[str, Any], task_vars: dict[str, Any], made: Renderer, lists: list[NovaOptions]
    ) -> Checked:
        targets = inventory(self._templar, task_vars, options["groups"])
        if options["names_only"]:
            return read(targets)
        # Ansible's own loader notes where each value stands, which takes ten times as long and is of no use here.
        text = Path(options["argument_specs"]).read_text(encoding="utf-8")
        entries = yaml_load(text)["argument_specs"].values()
        specs = {name: spec for entry in entries for name, spec in entry["options"].items()}
        return check(targets, Known(specs, made, lists), options["only"])


def _unusable_base(path: str, error: Exception) -> Problem:
    reason = str(error).splitlines()[0].rstrip(".")
    cure = "Name a readable nova.conf, or leave the variable empty."
    return Problem("all targets", "services_base_nova_conf", f"{path}: {reason}.", cure)


def _refuse_strategy(task: Any) -> None:
    """What runs once runs for each host where these do not wait for each other, before the others were asked."""
    parent = task
    while getattr(parent, "_parent", None):
        parent = parent._parent
    strategy = getattr(getattr(parent, "_play", None), "strategy", None) or "linear"
    if "linear" not in strategy and strategy != "debug":
        raise AnsibleActionFail(
            f"Nothing was changed. nova_compute_hosts: strategy: is {strategy}, "
            "with which no Docker host waits for what the others run. Set it to linear."
        )


def _unchecked(found: Checked, images: list[dict[str, Any]]) -> list[str]:
    """Images that do not say which options their nova reads, where it matters."""
    without = {image["image"]: image["reason"] for image in images if not image["options"]} if found.overridden else {}
    return [
        f"services_nova_conf is not held against the options that nova in {image} reads: {reason}."
        for image, reason in sorted(without.items())
    ]
