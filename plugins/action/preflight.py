# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module preflight: tells it what to try of each target."""

from __future__ import annotations

import hashlib

import jinja2
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils import _nova_conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets import (
    UndefinedSetting,
    drivers_of,
    of_drivers,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._trial import trial
from ansible_collections.novafleet.compute.plugins.plugin_utils._variables import renderer, settings_of

MODULE = "novafleet.compute.preflight"
# The target is left out then, as check_targets tells what is wrong with it.
UNUSABLE = (
    _nova_conf.NovaConfError,
    jinja2.TemplateError,
    UndefinedSetting,
    AnsibleError,
    AttributeError,
    KeyError,
    TypeError,
)


class ActionModule(MemoryTransfer, ActionBase):
    """What counts is the nova.conf that comes out, so it is made of that."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        services, nova_conf = args.pop("services", None) or [], args.pop("nova_conf", None)
        container = args.pop("container", None) or {}
        if services and not nova_conf:
            raise AnsibleActionFail(
                "services are given, but nova_conf, which says how their nova.conf is made, is not."
            )
        if services:
            authorities = {}
            for kind, found in self._trials(services, nova_conf, container, task_vars).items():
                named = [_named(one, authorities) for one in found]
                args[kind] = list(args.get(kind) or []) + named
            if authorities:
                args["authorities"] = dict(args.get("authorities") or {}, **authorities)
        return dict(result, **self._execute_module(MODULE, args, task_vars=task_vars))

    def _trials(self, services, nova_conf, container, task_vars):
        try:
            files_of = renderer(nova_conf, self._loader)
        except (*UNUSABLE, OSError):
            return {}
        settings, found = settings_of(self._templar, task_vars), {}
        of_driver = of_drivers(task_vars["groups"], nova_conf.get("groups"))
        for service in services:
            drivers = drivers_of(service["target"], of_driver)
            if len(drivers) == 1:
                made = self._trial(service, drivers[0], files_of, settings, container)
                if made:
                    found.setdefault(drivers[0].group, []).append(made)
        return found

    def _trial(self, service, driver, files_of, settings, container):
        target = service["target"]
        try:
            own = settings(target)
            if not boolean(own.get("services_preflight", True), strict=False):
                return None
            conf = _nova_conf.parse(files_of.nova_conf(service["name"], target, driver, own))
            files = files_of.delivered(own)
        except (*UNUSABLE, OSError, UnicodeError):
            return None
        return trial(target, driver, conf, container, files)


def _named(made, authorities):
    """Many targets have the same authorities, which shall travel once."""
    text = made["authority"]
    if not text:
        return made
    name = hashlib.sha256(text.encode()).hexdigest()
    authorities[name] = text
    return dict(made, authority=name)
