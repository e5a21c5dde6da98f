# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module preflight: makes the requests for each target."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.checking import make_files
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.preflight_options import preflight_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory

MODULE = "novafleet.compute.preflight"


class ActionModule(MemoryTransfer, ActionBase):
    """The requests are made from the rendered nova.conf, because nova reads that file."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        services, nova_conf = args.pop("services", None) or [], args.pop("nova_conf", None)
        container, lease = args.pop("container", None) or {}, _lease(args.pop("lease", False))
        if services and not nova_conf:
            raise AnsibleActionFail(
                "services is set without nova_conf, which has the templates of nova.conf. Set both."
            )
        if services:
            targets = inventory(self._templar, task_vars, nova_conf.get("groups"))
            files = make_files(services, nova_conf, targets, self._loader)
            made = preflight_options(services, files, targets, container, lease, nova_conf.get("releases") or ())
            authorities = made.pop("authorities", {})
            for kind, tried in made.items():
                args[kind] = list(args.get(kind) or []) + tried
            if authorities:
                args["authorities"] = dict(args.get("authorities") or {}, **authorities)
        return dict(result, **self._execute_module(MODULE, args, task_vars=task_vars))


def _lease(value: Any) -> bool:
    try:
        return boolean(value)
    except TypeError as error:
        raise AnsibleActionFail(f"lease: {error}") from error
