# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules of this collection from action plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.executor.module_common import _apply_action_arg_defaults
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import WAITING, unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import variables_of

COLLECTION = "novafleet.compute."


class _NotCopied(dict[str, Any]):
    """Arguments that the validator does not copy: it only replaces them, and answers of many hosts are large."""

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return dict(self)


class ModuleCaller(MemoryTransfer, ActionBase):
    """Base of action plugins that run several modules, or one with arguments that they make."""

    def options(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The task's arguments, validated.

        Raises:
            AnsibleActionFail: they do not fit the argument spec.
        """
        validated = ArgumentSpecValidator(spec).validate(_NotCopied(self._task.args))
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        return validated.validated_parameters

    def arguments(self, module: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a task would call a module with: its module_defaults, and above them what is given."""
        return _apply_action_arg_defaults(COLLECTION + module, self._task, dict(given), self._templar)

    def answer(self, module: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Run a module. A failure is a result, too.

        Returns:
            its result; that of a host that cannot be reached has unreachable, as a registered one has.
        """
        try:
            return self._execute_module(COLLECTION + module, dict(arguments), task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            return dict(unreachable=True, msg=str(error))


def of_docker_hosts(name: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """What a task has registered on each Docker host.

    Ansible visits each value of an argument, which takes long for the answers of many services. So tasks pass the name.

    Args:
        name: of the registered variable.
        task_vars: of the action plugin.

    Returns:
        Docker host of the play -> the result, or {} where there is none.
    """
    return {
        host: variables_of(task_vars["hostvars"], host).get(name) or {} for host in task_vars["ansible_play_hosts_all"]
    }


class CheckedAnswer(MemoryTransfer, ActionBase):
    """Base of action plugins that run their module, and fail where its answer lacks what its readers look for.

    A module that was killed may seem to have succeeded. The next task would remove what nova still uses.

    Attributes:
        module: its name.
    """

    module = ""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        answer = self._execute_module(COLLECTION + self.module, task_vars=task_vars)
        asked = WAITING if self._task.args.get("wait_for") else self.module
        host = self._task.delegate_to or (task_vars or {}).get("inventory_hostname")
        problems = [] if answer.get("failed") else unusable(answer, asked, str(host))
        failure = dict(failed=True, msg=problems[0]) if problems else {}
        return {**result, **answer, **failure}
