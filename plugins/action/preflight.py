# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module preflight: tells it what to try of each target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import jinja2
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import MemoryTransfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.trial import bus_trial, trial
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import (
    UndefinedSetting,
    drivers_of,
    of_drivers,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import renderer, settings_of

MODULE = "novafleet.compute.preflight"
# The target is left out then, as check_targets tells what is wrong with it.
UNUSABLE = (
    ini.NovaConfError,
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
        container, lease = args.pop("container", None) or {}, _lease(args.pop("lease", False))
        if services and not nova_conf:
            raise AnsibleActionFail(
                "services are given, but nova_conf, which says how their nova.conf is made, is not."
            )
        if services:
            authorities = {}
            for kind, found in self._trials(services, nova_conf, container, lease, task_vars).items():
                named = [_named(one, authorities) for one in found]
                args[kind] = list(args.get(kind) or []) + named
            if authorities:
                args["authorities"] = dict(args.get("authorities") or {}, **authorities)
        return dict(result, **self._execute_module(MODULE, args, task_vars=task_vars))

    def _trials(self, services, nova_conf, container, lease, task_vars):
        """Trials of the module, option -> list of dict."""
        try:
            files_of = renderer(nova_conf, self._loader)
        except (*UNUSABLE, OSError):
            return {}
        settings, found, buses = settings_of(self._templar, task_vars), {}, []
        of_driver = of_drivers(task_vars["groups"], nova_conf.get("groups"))
        for service in services:
            drivers = drivers_of(service["target"], of_driver)
            read = self._read(service, drivers[0], files_of, settings) if len(drivers) == 1 else None
            if not read:
                continue
            tried, conf, files = read
            made = trial(service["target"], drivers[0], conf, container, files) if tried else None
            if made:
                found.setdefault(drivers[0].group, []).append(made)
            bus = bus_trial(conf, container, files, nova_conf.get("releases") or ()) if lease else None
            buses += [(service, bus)] if bus else []
        return dict(found, bus=_shared(buses)) if buses else found

    def _read(self, service, driver, files_of, settings):
        """Whether the target's hypervisor is tried, its nova.conf and its files; None where one cannot be read."""
        target = service["target"]
        try:
            own = settings(target)
            tried = boolean(own.get("services_preflight", True), strict=False)
            conf = ini.parse(files_of.nova_conf(service["name"], target, driver, own))
            return tried, conf, files_of.delivered(own)
        except (*UNUSABLE, OSError, UnicodeError):
            return None


def _lease(value: Any) -> bool:
    try:
        return boolean(value)
    except TypeError as error:
        raise AnsibleActionFail(f"lease: {error}") from error


def _shared(buses: Iterable[tuple[Mapping[str, str], dict[str, Any]]]) -> list[dict[str, Any]]:
    """Buses, each once, with the targets of all services that use it by the same login."""
    found = {}
    for service, bus in buses:
        key = json.dumps(bus, sort_keys=True)
        one = found.setdefault(key, dict(bus, service=service["name"], targets=[]))
        one["targets"].append(service["target"])
    return list(found.values())


def _named(made, authorities):
    """Many targets have the same authorities, which shall travel once."""
    text = made.get("authority")
    if not text:
        return made
    name = hashlib.sha256(text.encode()).hexdigest()
    authorities[name] = text
    return dict(made, authority=name)
