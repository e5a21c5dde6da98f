# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module outcome: reports for each service that failed, why."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.approval import waiting
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.verification import names, not_verified

ARGUMENT_SPEC = dict(
    assignments=dict(type="dict", required=True),
    only=dict(type="list", elements="str"),
    deployed=dict(type="dict", required=True),
    logs=dict(type="dict", default={}),
    nova=dict(type="dict", default={}),
    earlier=dict(type="list", elements="str", default=[]),
)


class ActionModule(ModuleCaller):
    """The task itself does not fail. The role decides whether to end the deployment."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        failures, total = list(options["earlier"]), set()
        for host, deployed in options["deployed"].items():
            every = names(options["assignments"], [host])
            services = [name for name in every if options["only"] is None or name in options["only"]]
            logs = options["logs"].get(host) or {}
            failures += not_verified(services, deployed["services"], logs, options["nova"])
            total.update(services)
        return dict(
            result,
            changed=False,
            failures=list(dict.fromkeys(failures)),
            services=len(total),
            waiting=waiting(options["logs"]),
        )
