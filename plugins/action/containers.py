# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module containers: renders the services' files once, and sends those that differ."""

from __future__ import annotations

import copy
import gc
import gzip
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.novafleet.compute.plugins.module_utils._contract import CONFIG_DIR
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.identities import compute_id
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.progress import Watch
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.service_files import (
    ServiceFiles,
    digest,
    service_files,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory, renderer

# Another run may change files between the module's request for contents and their arrival.
MOST_BUNDLES = 3
# Read here, because Ansible loads this file before it forks its workers, which have no terminal.
TERMINAL = sys.stdout.isatty()

# Service -> file name -> text.
Contents = dict[str, dict[str, str]]

display = Display()


class ActionModule(MemoryTransfer, ActionBase):
    """Makes one module call, or more if another run changes files meanwhile.

    Attributes:
        MODULE: what it calls.
        WRITES_TO: place of the files, if not the directory that config_dir names.
    """

    MODULE = "novafleet.compute.containers"
    WRITES_TO = ""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        # Otherwise Python searches everything that Ansible has loaded for garbage, again and again while hundreds of
        # files are
        # rendered. This process ends with the task.
        gc.freeze()
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        services, rendered, contents = self._service_files(args, task_vars)
        args.update(services=services, _controller=dict(rendered=rendered))
        nova_conf = args.pop("nova_conf", None) or {}
        if nova_conf.get("secret_options"):
            args["secret_options"] = nova_conf["secret_options"]
        if TERMINAL and not self._task.check_mode:
            return result | self._watched(args, contents, task_vars)
        return result | self._applied(args, contents, task_vars)

    def _applied(self, args: dict[str, Any], contents: Contents, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        differing = self._differing(args, contents)
        answer = self._with_bundle(args, differing, task_vars) if differing else self._called(args, task_vars)
        for _again in range(MOST_BUNDLES):
            if not answer.get("needs"):
                return answer
            answer = self._with_bundle(args, {name: contents[name] for name in answer["needs"]}, task_vars)
        if answer.get("needs"):
            raise AnsibleActionFail(
                f"The files on the Docker host changed again during each of {MOST_BUNDLES} attempts. Stop the process "
                f"that writes to {self.WRITES_TO or args.get('config_dir') or CONFIG_DIR}, then run again."
            )
        return answer

    def _called(self, args: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        return self._execute_module(self.MODULE, args, task_vars=task_vars)

    def _differing(self, args: Mapping[str, Any], contents: Contents) -> Contents:
        """Contents of the services whose files differ, which the module would request first."""
        directory = str(args.get("config_dir") or CONFIG_DIR)
        told = self._task.check_mode and not self._task.diff
        # The module expands parts that the controller cannot expand.
        if told or args.get("state") == "absent" or not directory.startswith("/") or "$" in directory:
            return {}
        there = self._digests(directory) if any(contents.values()) else {}
        differing = {}
        for entry in args["services"]:
            name = entry.get("name")
            files = [*entry.get("files", ()), *args["_controller"]["rendered"].get(name, ())]
            if any(there.get(f"{name}/{item['path']}") != item["sha256"] for item in files):
                differing[name] = contents[name]
        return differing

    def _digests(self, directory: str) -> dict[str, str]:
        """Digests of the readable files below a directory on the Docker host, by path.

        A file whose name sha256sum(1) escapes counts as changed, so that it is sent without need.
        """
        find = "find . -mindepth 2 -maxdepth 2 -type f ! -name '.*' -exec sha256sum {} +"
        answer = self._low_level_execute_command(f"cd {shlex.quote(directory)} && {find}")
        lines = (line.partition("  ./") for line in answer["stdout"].splitlines())
        return {path: digest for digest, _separator, path in lines}

    def _watched(self, args: dict[str, Any], contents: Contents, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Show the progress of the module while it runs."""
        directory = self._make_tmp_path()
        try:
            path = self._connection._shell.join_path(directory, "progress.json")
            self._fixup_perms2((directory,), execute=False)
            host, other = task_vars["inventory_hostname"], self._twin()
            with Watch(lambda: other._progress(path), lambda text: display.display(f"[{host}] {text}")):
                return self._applied(_with(args, progress=path), contents, task_vars)
        finally:
            self._remove_tmp_path(directory)

    def _twin(self) -> ActionModule:
        """Another shell with a connection of its own.

        Both are used at the same time, and each keeps state of its last command.
        """
        other = copy.copy(self)
        other._connection = copy.copy(self._connection)
        if other._connection.become:
            other._connection.become = copy.copy(other._connection.become)
        return other

    def _progress(self, path: str) -> dict[str, Any] | None:
        try:
            answer = self._low_level_execute_command(f"cat {shlex.quote(path)}")
            return json.loads(answer["stdout"]) if answer["rc"] == 0 else None
        except (AnsibleError, ValueError):
            return None

    def _service_files(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> ServiceFiles:
        try:
            return service_files(args.get("services") or [], self._target_files(args, task_vars))
        except TypeError as error:
            raise AnsibleActionFail(str(error)) from error
        except (NovaConfError, UndefinedSetting) as error:
            raise AnsibleActionFail(f"nova.conf cannot be rendered: {error}") from error

    def _target_files(
        self, args: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
        options = args.get("nova_conf")
        if not options:
            return _no_options
        files_of, known = renderer(options, self._loader), options.get("compute_ids") or {}
        targets = inventory(self._templar, task_vars, options.get("groups"))

        def render(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
            target, service = entry["target"], entry["name"]
            drivers = targets.drivers_of(target)
            if len(drivers) != 1:
                raise AnsibleActionFail(
                    f"{target} is in {len(drivers)} of the groups of hypervisors, but must be in exactly one."
                )
            uuid = compute_id(service, drivers[0], known, options["identity_namespace"], options.get("releases") or ())
            return files_of.render(service, target, drivers[0], targets.settings_of(target)).files(uuid)

        return render

    def _with_bundle(self, args: dict[str, Any], contents: Contents, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Send the contents as one file that only the remote user can read, and call the module again.

        A text that many services have is sent once. The rest is compressed, because their files are similar.
        """
        texts = {digest(text): text for files in contents.values() for text in files.values()}
        services = {name: {path: digest(text) for path, text in files.items()} for name, files in contents.items()}
        bundle = json.dumps(dict(texts=texts, services=services))
        directory = self._make_tmp_path()
        try:
            path = self._connection._shell.join_path(directory, "bundle.json.gz")
            self._transfer_data(path, gzip.compress(bundle.encode()))
            self._fixup_perms2((directory, path), execute=False)
            return self._called(_with(args, bundle=path), task_vars)
        finally:
            self._remove_tmp_path(directory)


def _with(args: Mapping[str, Any], **more: str) -> dict[str, Any]:
    """The arguments, with more that only the controller sends."""
    return dict(args, _controller=dict(args["_controller"], **more))


def _no_options(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    raise AnsibleActionFail(f"service {entry.get('name')} has a target, but nova_conf is not set for the call.")
