# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module containers: renders the services' files and ships those that differ, once."""

from __future__ import annotations

import copy
import functools
import gc
import gzip
import hashlib
import json
import shlex
import sys
from collections.abc import Mapping

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.novafleet.compute.plugins.module_utils._contract import CONFIG_DIR
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.progress import Watch
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import identity, reads_compute_id
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory, renderer

MODULE = "novafleet.compute.containers"
# Another run may change files between the module's question for contents and their arrival.
MOST_BUNDLES = 3
# Asked here because Ansible loads this file before it forks its workers, whose own output goes nowhere.
TERMINAL = sys.stdout.isatty()

display = Display()


class ActionModule(MemoryTransfer, ActionBase):
    """One module call, or more where another run comes between."""

    def run(self, tmp=None, task_vars=None):
        # Else Python looks for garbage among all that Ansible has loaded, again and again while hundreds of files are
        # made. This process ends with the task.
        gc.freeze()
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        try:
            services, rendered, contents = self._rendered(args, task_vars)
        except (NovaConfError, UndefinedSetting) as error:
            raise AnsibleActionFail(f"nova.conf cannot be made: {error}") from error
        args.update(services=services, rendered=rendered)
        nova_conf = args.pop("nova_conf", None) or {}
        if nova_conf.get("secret_options"):
            args["secret_options"] = nova_conf["secret_options"]
        args.pop("bundle", None)
        args.pop("progress", None)
        if TERMINAL and not self._task.check_mode:
            return result | self._watched(args, contents, task_vars)
        return result | self._held(args, contents, task_vars)

    def _held(self, args, contents, task_vars):
        differing = self._differing(args, contents)
        answer = self._with_bundle(args, differing, task_vars) if differing else self._called(args, task_vars)
        for _again in range(MOST_BUNDLES):
            if not answer.get("needs"):
                return answer
            answer = self._with_bundle(args, {name: contents[name] for name in answer["needs"]}, task_vars)
        if answer.get("needs"):
            raise AnsibleActionFail(
                "Files on the Docker host are changed by somebody else all the time: find out by whom."
            )
        return answer

    def _called(self, args, task_vars):
        return self._execute_module(MODULE, args, task_vars=task_vars)

    def _differing(self, args, contents):
        """Contents of the services whose files are not as they should be: the module would ask for them first."""
        directory = str(args.get("config_dir") or CONFIG_DIR)
        told = self._task.check_mode and not self._task.diff
        # What only the module can expand is left to it.
        if told or args.get("state") == "absent" or not directory.startswith("/") or "$" in directory:
            return {}
        there = self._digests(directory) if any(contents.values()) else {}
        differing = {}
        for entry in args["services"]:
            name = entry.get("name")
            files = [*entry.get("files", ()), *args["rendered"].get(name, ())]
            if any(there.get(f"{name}/{item['path']}") != item["sha256"] for item in files):
                differing[name] = contents[name]
        return differing

    def _digests(self, directory):
        """Digests of the files below a directory on the Docker host, by their paths there; of those that can be read.

        One whose name sha256sum(1) has to escape counts as changed, and so is sent once more for nothing.
        """
        find = "find . -mindepth 2 -maxdepth 2 -type f ! -name '.*' -exec sha256sum {} +"
        answer = self._low_level_execute_command(f"cd {shlex.quote(directory)} && {find}")
        lines = (line.partition("  ./") for line in answer["stdout"].splitlines())
        return {path: digest for digest, _separator, path in lines}

    def _watched(self, args, contents, task_vars):
        """Show how far the module is while it runs."""
        directory = self._make_tmp_path()
        try:
            path = self._connection._shell.join_path(directory, "progress.json")
            self._fixup_perms2((directory,), execute=False)
            host, other = task_vars["inventory_hostname"], self._twin()
            with Watch(lambda: other._progress(path), lambda text: display.display(f"[{host}] {text}")):
                return self._held(dict(args, progress=path), contents, task_vars)
        finally:
            self._remove_tmp_path(directory)

    def _twin(self):
        """Another one with a connection of its own: both are asked at once, and remember what was asked last."""
        other = copy.copy(self)
        other._connection = copy.copy(self._connection)
        if other._connection.become:
            other._connection.become = copy.copy(other._connection.become)
        return other

    def _progress(self, path):
        try:
            answer = self._low_level_execute_command(f"cat {shlex.quote(path)}")
            return json.loads(answer["stdout"]) if answer["rc"] == 0 else None
        except (AnsibleError, ValueError):
            return None

    def _rendered(self, args, task_vars):
        """Split the services into what travels as arguments and the contents of their files.

        Returns:
            tuple of the module's services; a dict, service -> files made for it; a dict, service -> file name -> text.
        """
        services, rendered, contents = [], {}, {}
        render = self._target_files(args, task_vars)
        for index, given in enumerate(args.get("services") or []):
            if not isinstance(given, Mapping):
                raise AnsibleActionFail(f"services[{index}] is no dict: write at least name: {given}.")
            entry = {key: value for key, value in given.items() if key != "target"}
            listed = list(given.get("files") or [])
            made = render(given) if given.get("target") else []
            if listed:
                entry["files"] = [_without_content(item) for item in listed]
            if made:
                rendered[entry.get("name")] = [_without_content(item) for item in made]
            contents[entry.get("name")] = {item["path"]: str(item.get("content") or "") for item in listed + made}
            services.append(entry)
        return services, rendered, contents

    def _target_files(self, args, task_vars):
        options = args.get("nova_conf")
        if not options:
            return _no_options
        files_of, known = renderer(options, self._loader), options.get("compute_ids") or {}
        identified = reads_compute_id(options.get("releases") or [])
        targets = inventory(self._templar, task_vars, options.get("groups"))

        def compute_id(service):
            if not identified:
                return None
            return known.get(service) or identity(options["identity_namespace"], service)

        def render(entry):
            target, service = entry["target"], entry["name"]
            drivers = targets.drivers_of(target)
            if len(drivers) != 1:
                raise AnsibleActionFail(
                    f"{target} is in {len(drivers)} of the groups of hypervisors; it must be in one."
                )
            made = files_of.render(service, target, drivers[0], targets.settings_of(target))
            return made.files(compute_id(service))

        return render

    def _with_bundle(self, args, contents, task_vars):
        """Ship the contents as one file that only the remote user can read, and call the module again.

        A text that many services have travels once. The rest is compressed, as their files are nearly the same.
        """
        texts = {_digest(text): text for files in contents.values() for text in files.values()}
        services = {name: {path: _digest(text) for path, text in files.items()} for name, files in contents.items()}
        bundle = json.dumps(dict(texts=texts, services=services))
        directory = self._make_tmp_path()
        try:
            path = self._connection._shell.join_path(directory, "bundle.json.gz")
            self._transfer_data(path, gzip.compress(bundle.encode()))
            self._fixup_perms2((directory, path), execute=False)
            return self._called(dict(args, bundle=path), task_vars)
        finally:
            self._remove_tmp_path(directory)


def _no_options(entry):
    raise AnsibleActionFail(f"service {entry.get('name')} has a target, but nova_conf is not set for the call.")


def _without_content(item):
    text = str(item.get("content") or "")
    return dict({key: value for key, value in item.items() if key != "content"}, sha256=_digest(text))


@functools.lru_cache(maxsize=64)
def _digest(text: str) -> str:
    """SHA-256; remembered, as all services have some files in common."""
    return hashlib.sha256(text.encode()).hexdigest()
