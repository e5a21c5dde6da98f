# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a Docker host's services to what the module preflight tries for them.  Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.checking import TargetFiles
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.trial import bus_trial, trial


def preflight_options(
    services: Iterable[Mapping[str, Any]],
    files: Mapping[str, TargetFiles],
    container: Mapping[str, Any],
    lease: bool,
    releases: Sequence[str] = (),
) -> dict[str, Any]:
    """What of the services is to be tried.

    Args:
        services: with name and target.
        files: target -> its files; one whose files could not be made is left out, as its check tells what is wrong.
        container: settings of the services' containers, with mounts and environment.
        lease: whether their message buses are tried, too.
        releases: of nova, as far as they are known.

    Returns:
        options of the module preflight, name -> value, but for the endpoints.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    buses: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
    authorities: dict[str, str] = {}
    for service in services:
        made = files.get(service["target"])
        if made is None:
            continue
        if boolean(made.settings.get("services_preflight", True), strict=False):
            tried = trial(service["target"], made.driver, made.conf, container, made.delivered)
            if tried:
                found.setdefault(made.driver.group, []).append(_named(tried, authorities))
        bus = bus_trial(made.conf, container, made.delivered, releases) if lease else None
        buses += [(service, bus)] if bus else []
    if buses:
        found["bus"] = [_named(bus, authorities) for bus in _shared(buses)]
    return dict(found, authorities=authorities) if authorities else dict(found)


def _shared(buses: Iterable[tuple[Mapping[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    """Buses, each once, with the targets of all services that use it by the same login."""
    found: dict[str, dict[str, Any]] = {}
    for service, bus in buses:
        key = json.dumps(bus, sort_keys=True)
        shared = found.setdefault(key, dict(bus, service=service["name"], targets=[]))
        shared["targets"].append(service["target"])
    return list(found.values())


def _named(tried: dict[str, Any], authorities: dict[str, str]) -> dict[str, Any]:
    """Many targets have the same authorities, which shall travel once."""
    text = tried.get("authority")
    if not text:
        return tried
    name = hashlib.sha256(text.encode()).hexdigest()
    authorities[name] = text
    return dict(tried, authority=name)
