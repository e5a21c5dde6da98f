# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module check_targets, which runs only here, on the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import read
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.checking import (
    CheckedTargets,
    check_targets,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import findings
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.strategy import refuse_strategy
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory

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


class ActionModule(ModuleCaller):
    """Reads the inventory, and reports the targets and every problem in their variables."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        refuse_strategy(self._task)
        targets = inventory(self._templar, task_vars or {}, options["groups"])
        if options["names_only"]:
            judged = CheckedTargets(read(targets))
        else:
            specs, images = options["argument_specs"], options["nova_options"]
            judged = check_targets(targets, options, specs, images, options["only"], self._loader)
        checked = judged.checked
        # Targets on other Docker hosts may claim the same. The caller with the claims of all targets warns.
        claims = [] if options["only"] else checked.claims.warnings()
        return dict(
            result,
            changed=False,
            warnings=judged.warnings + [str(warning) for warning in claims],
            targets=checked.targets,
            endpoints=checked.endpoints.listed(),
            releases=judged.releases,
            option_kinds=judged.option_kinds,
            secret_options=judged.secret_options,
            findings=findings(checked.problems),
            claims=checked.claims.listed(),
            problems=[str(problem) for problem in checked.problems],
        )
