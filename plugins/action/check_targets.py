# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module check_targets: all of it happens here, on the controller."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Check
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import findings
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds, secret_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import (
    renderer,
    settings_of,
    variables_of_all,
)

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

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        _refuse_strategy(self._task)
        options = validated.validated_parameters
        lists = [NovaOptions.unpack(text) for text in {one["options"]: "" for one in options["nova_options"]} if text]
        releases = [one.release for one in lists]
        try:
            made = renderer(dict(options, releases=releases), self._loader, OptionKinds(lists))
        except (NovaConfError, AnsibleError, OSError) as error:
            cure = "Name a readable nova.conf, or leave the variable empty."
            reason = str(error).splitlines()[0].rstrip(".")
            problem = Problem("all targets", "services_base_nova_conf", f"{options['base']}: {reason}.", cure)
            return dict(
                result, changed=False, targets=[], endpoints=[], releases=[], findings=findings([problem]), claims=[],
                problems=[str(problem)],
            )  # fmt: skip
        check = self._check(options, task_vars, made, lists)
        return dict(
            result,
            changed=False,
            # Targets on other Docker hosts may claim the same: with some targets only, whoever sees all of them warns.
            warnings=_warnings(check, options["nova_options"], [] if options["only"] else check.claims.warnings()),
            targets=check.targets,
            endpoints=list(check.endpoints.values()),
            releases=releases,
            option_kinds=made.kinds.words,
            secret_options=secret_options(lists),
            findings=findings(check.problems),
            claims=check.claims.listed(),
            problems=[str(problem) for problem in check.problems],
        )

    def _check(self, options, task_vars, made, lists):
        specs = self._loader.load_from_file(options["argument_specs"])["argument_specs"]
        known = {name: spec for entry in specs.values() for name, spec in entry["options"].items()}
        settings = settings_of(self._templar, task_vars)
        everybody = variables_of_all(task_vars["hostvars"])
        check = Check(task_vars["groups"], settings, known, made, lists, options["groups"], everybody)
        if options["names_only"]:
            check.read()
        elif options["only"] is not None:
            check.check(options["only"])
        else:
            check.run()
        return check


def _refuse_strategy(task):
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


def _warnings(check, images, claims):
    """What does not stand in the way: list of str."""
    without = {one["image"]: one["reason"] for one in images if not one["options"]} if check.options.overridden else {}
    unchecked = [
        f"services_nova_conf is not held against the options that nova in {image} reads: {reason}."
        for image, reason in sorted(without.items())
    ]
    return unchecked + [str(warning) for warning in check.options.warnings() + claims]
