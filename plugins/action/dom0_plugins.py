# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module dom0_plugins. It runs here and in dom0's shell, because Ansible's modules do not run on Python 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0 import plan as _plan
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0 import shell, source
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0.plan import Dom0Plan, Dom0State, Dom0Step

ARGUMENT_SPEC = dict(
    state=dict(type="str", choices=["present", "absent"], default="present"),
    source=dict(type="path"),
    replace=dict(type="bool", default=False),
    links=dict(type="bool", default=True),
    storage=dict(type="str", default=""),
)
NO_PLUGINS = source.XenapiPlugins("", {})


class Dom0Refused(Exception):
    """A failure. The text describes it for people."""


class ActionModule(ActionBase):
    """It needs one command to read, one transfer and one command to change, and one command to try the plugins."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        try:
            return result | self._applied()
        except Dom0Refused as error:
            # Returned and not raised, so that a later task can report the results of all hosts.
            return dict(result, failed=True, msg=str(error))

    def _applied(self) -> dict[str, Any]:
        options = self._options()
        present = options["state"] == "present"
        plugins = self._plugins(options["source"]) if present else NO_PLUGINS
        state = self._state(options)
        plan = self._plan(options, state, plugins)
        result: dict[str, Any] = dict(
            release=state.release,
            version=plugins.version,
            steps=[dict(action=step.action, path=step.path, why=step.why) for step in plan.steps],
            notes=plan.notes,
            problems=["{}: {} {}".format(*problem) for problem in plan.problems],
            changed=bool(plan.steps) and not plan.problems,
        )
        if plan.problems:
            return dict(result, failed=True, msg="Nothing was changed. " + " ".join(result["problems"]))
        if self._task.diff:
            result["diff"] = self._diff(plan, plugins)
        if not self._task.check_mode:
            self._change(plan, plugins)
            if present:
                self._try(plugins)
        return result

    def _options(self) -> dict[str, Any]:
        validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(self._task.args)
        options = validated.validated_parameters
        errors = list(validated.error_messages)
        if options.get("state") == "present" and not options.get("source"):
            errors.append("source: is missing. Name os-xenapi's wheel, or a directory with its plugins.")
        if options.get("storage") and not shell.UUID.fullmatch(options["storage"]):
            errors.append(f"storage: {options['storage']!r} is not a uuid. Write that of a storage repository.")
        if errors:
            raise Dom0Refused("; ".join(errors))
        return options

    def _plugins(self, path: str) -> source.XenapiPlugins:
        try:
            return source.read(path)
        except source.SourceError as error:
            raise Dom0Refused(f"source: {error}.") from error

    def _state(self, options: Mapping[str, Any]) -> Dom0State:
        wanted = options["links"] and options["state"] == "present"
        try:
            return shell.state_of(self._asked(shell.look(options["storage"], wanted)))
        except shell.AnswerError as error:
            raise Dom0Refused(f"dom0 cannot be read: {error}.") from error

    def _plan(self, options: Mapping[str, Any], state: Dom0State, plugins: source.XenapiPlugins) -> Dom0Plan:
        if options["state"] == "absent":
            return _plan.absent(state)
        return _plan.present(state, plugins.digests, plugins.version, options["replace"], options["links"])

    def _asked(self, command: str) -> str:
        answer = self._low_level_execute_command(command)
        if answer["rc"] != 0:
            raise Dom0Refused(f"dom0 refuses: {_last_words(answer)}")
        return answer["stdout"]

    def _change(self, plan: Dom0Plan, plugins: source.XenapiPlugins) -> None:
        if not plan.steps:
            return
        directory = self._make_tmp_path()
        try:
            path = self._connection._shell.join_path(directory, "dom0.tar.gz")
            self._transfer_data(path, shell.archive(plan, plugins.contents))
            self._fixup_perms2((directory, path), execute=False)
            self._asked(shell.apply(plan, path))
        finally:
            self._remove_tmp_path(directory)

    def _try(self, plugins: source.XenapiPlugins) -> None:
        answer = self._low_level_execute_command(shell.ask_version())
        if shell.version(answer["stdout"]) != plugins.version:
            raise Dom0Refused(
                f"The plugins are installed, but do not report version {plugins.version}: {_last_words(answer)}"
            )

    def _diff(self, plan: Dom0Plan, plugins: source.XenapiPlugins) -> list[dict[str, str]]:
        paths = [step.path for step in plan.steps if step.action in ("write", "delete")]
        before = shell.shown(self._asked(shell.show(paths))) if paths else {}
        return [self._pair(step, before, plugins) for step in plan.steps]

    def _pair(self, step: Dom0Step, before: Mapping[str, str], plugins: source.XenapiPlugins) -> dict[str, str]:
        header = dict(before_header=step.path, after_header=step.path)
        if step.action in ("write", "delete"):
            after = plugins.contents.get(step.name, b"") if step.action == "write" else b""
            return dict(header, before=before.get(step.path, ""), after=after.decode("utf-8", "replace"))
        what = f"{step.action} {step.path}{' -> ' + step.target if step.target else ''}: {step.why}\n"
        return dict(header, before="", after=what)


def _last_words(answer: Mapping[str, Any]) -> str:
    lines = (answer.get("stderr") or answer.get("stdout") or "it says nothing").strip().splitlines()
    return "; ".join(lines[-3:])
