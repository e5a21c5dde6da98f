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
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import bus_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.preflight_request import preflight_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import inventory, renderer

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

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        services, nova_conf = args.pop("services", None) or [], args.pop("nova_conf", None)
        container, lease = args.pop("container", None) or {}, _lease(args.pop("lease", False))
        if services and not nova_conf:
            raise AnsibleActionFail(
                "services are given, but nova_conf, which says how their nova.conf is made, is not."
            )
        if services:
            authorities: dict[str, str] = {}
            for kind, requests in self._requests(services, nova_conf, container, lease, task_vars or {}).items():
                named = [_named(request, authorities) for request in requests]
                args[kind] = list(args.get(kind) or []) + named
            if authorities:
                args["authorities"] = dict(args.get("authorities") or {}, **authorities)
        return dict(result, **self._execute_module(MODULE, args, task_vars=task_vars))

    def _requests(
        self,
        services: Iterable[Mapping[str, Any]],
        nova_conf: Mapping[str, Any],
        container: Mapping[str, Any],
        lease: bool,
        task_vars: Mapping[str, Any],
    ) -> dict[str, list[dict[str, Any]]]:
        """What the module shall try, by its options."""
        try:
            made = renderer(nova_conf, self._loader)
        except (*UNUSABLE, OSError):
            return {}
        targets = inventory(self._templar, task_vars, nova_conf.get("groups"))
        requests: dict[str, list[dict[str, Any]]] = {}
        buses = []
        for service in services:
            drivers = targets.drivers_of(service["target"])
            read = _read(service, drivers[0], made, targets) if len(drivers) == 1 else None
            if not read:
                continue
            tried, conf, files = read
            request = preflight_request(service["target"], drivers[0], conf, container, files) if tried else None
            if request:
                requests.setdefault(drivers[0].name, []).append(request)
            bus = bus_request(conf, container, files, nova_conf.get("releases") or ()) if lease else None
            buses += [(service, bus)] if bus else []
        return dict(requests, bus=_shared(buses)) if buses else requests


def _read(
    service: Mapping[str, Any], driver: Driver, made: Renderer, targets: Inventory
) -> tuple[bool, Conf, Mapping[str, str]] | None:
    """Whether the target's hypervisor is tried, its nova.conf and its files; None where one cannot be read."""
    target = service["target"]
    try:
        settings = targets.settings_of(target)
        tried = boolean(settings.get("services_preflight", True), strict=False)
        rendered = made.render(service["name"], target, driver, settings)
        return tried, rendered.conf, rendered.delivered
    except (*UNUSABLE, OSError, UnicodeError):
        return None


def _lease(value: Any) -> bool:
    try:
        return boolean(value)
    except TypeError as error:
        raise AnsibleActionFail(f"lease: {error}") from error


def _shared(buses: Iterable[tuple[Mapping[str, str], dict[str, Any]]]) -> list[dict[str, Any]]:
    """Buses, each once, with the targets of all services that use it by the same login."""
    by_login: dict[str, dict[str, Any]] = {}
    for service, bus in buses:
        login = json.dumps(bus, sort_keys=True)
        shared = by_login.setdefault(login, dict(bus, service=service["name"], targets=[]))
        shared["targets"].append(service["target"])
    return list(by_login.values())


def _named(request: dict[str, Any], authorities: dict[str, str]) -> dict[str, Any]:
    """Many targets have the same authorities, which shall travel once."""
    text = request.get("authority")
    if not text:
        return request
    name = hashlib.sha256(text.encode()).hexdigest()
    authorities[name] = text
    return dict(request, authority=name)
