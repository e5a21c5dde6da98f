# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a Docker host's services to what the module preflight tries for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_declarations import bus_declarations
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import bus_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.preflight_request import preflight_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Rendered
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting


def preflight_options(
    services: Iterable[Mapping[str, Any]],
    rendered: Mapping[str, Rendered],
    targets: Inventory,
    container: Mapping[str, Any],
    lease: bool,
    releases: Sequence[str] = (),
) -> dict[str, Any]:
    """What of the services is to be tried.

    Args:
        services: with name and target.
        rendered: target -> its files; one without files is left out, because its check reports the problem.
        targets: the inventory.
        container: settings of the services' containers, with mounts and environment.
        lease: whether their message buses are tried, too.
        releases: of nova, as far as they are known.

    Returns:
        options of the module preflight, name -> value, but for the endpoints.
    """
    requests: dict[str, list[dict[str, Any]]] = {}
    buses: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
    authorities: dict[str, str] = {}
    for service in services:
        made = rendered.get(service["target"])
        if made is None:
            continue
        driver = targets.drivers_of(service["target"])[0]
        if _is_tried(service["target"], targets):
            request = preflight_request(service["target"], driver, made.conf, container, made.delivered)
            if request:
                requests.setdefault(driver.name, []).append(_named(request, authorities))
        bus = bus_request(made.conf, container, made.delivered, releases) if lease else None
        if bus:
            buses.append((service, dict(bus, declared=bus_declarations(made.conf, releases))))
    if buses:
        requests["bus"] = [_named(bus, authorities) for bus in _shared(buses)]
    return dict(requests, authorities=authorities) if authorities else dict(requests)


def _is_tried(target: str, targets: Inventory) -> bool:
    try:
        return boolean(targets.settings_of(target).get("services_preflight", True), strict=False)
    except UndefinedSetting:
        return False


def _shared(buses: Iterable[tuple[Mapping[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
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
