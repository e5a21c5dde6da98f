# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module services_metrics: the comparison as a file for node_exporter."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import ModuleCaller
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import metrics_file
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.metrics import metrics_text

ARGUMENT_SPEC = dict(
    status=dict(type="dict", required=True),
    fleet=dict(type="str", required=True),
    path=dict(type="path", required=True),
)


class ActionModule(ModuleCaller):
    """Writes as the user who runs Ansible: no task on the controller becomes root."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.options(ARGUMENT_SPEC)
        path = options["path"]
        problem = metrics_file.problem(path)
        if problem:
            raise AnsibleActionFail(f"localhost: services_status_metrics: {problem}")
        if not self._task.check_mode:
            try:
                metrics_file.write(path, metrics_text(options["status"], options["fleet"], time.time()))
            except OSError as error:
                raise AnsibleActionFail(
                    f"localhost: services_status_metrics: {path}: {error.strerror}. Fix this, or choose another path."
                ) from error
        # The time of the run is in the file, so it is another one after each run.
        return dict(result, changed=True, path=path)
