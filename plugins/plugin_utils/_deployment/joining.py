# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New services and the host aggregates that they join (services_aggregates).  Pure.

A service is new until its host is mapped to a cell.  One that an earlier run has mapped, and was interrupted before
the aggregates had it, is known by the reason of which that run disabled it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import cause, unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.verification import unknown_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.aggregates import aggregates_of
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings, UndefinedSetting


def joining(
    targets: Iterable[Mapping[str, Any]],
    settings_of: Callable[[str], Settings],
    nova: Mapping[str, Any],
    reason: str,
) -> list[dict[str, Any]]:
    """The new services that have host aggregates to join, as the module nova_aggregates takes them.

    Where nova was not asked, these are all that have some, because it is not known which are new.

    Args:
        targets: with target and service.
        settings_of: inventory host -> its Settings.
        nova: result of the module nova_services_info.
        reason: why nova shows a service as disabled that waits for its aggregates.
    """
    wanted = {target["service"]: _aggregates(settings_of(target["target"])) for target in targets}
    named = [service for service, aggregates in wanted.items() if aggregates]
    if unusable(nova, "nova_services_info", ""):
        return []
    new = set(named)
    if nova:
        waiting = {record["host"] for record in nova["services"] if record.get("disabled_reason") == reason}
        new = waiting.union(unknown_hosts(named, nova))
    return [dict(host=service, aggregates=wanted[service]) for service in named if service in new]


def _aggregates(settings: Settings) -> list[dict[str, Any]]:
    # Mistakes are those of the target's check.
    with contextlib.suppress(TypeError, UndefinedSetting):
        return [one for one in aggregates_of(settings) if isinstance(one["name"], str)]
    return []


def joining_problems(answer: Mapping[str, Any], api_host: str) -> list[str]:
    """Why services cannot join their aggregates.

    Args:
        answer: result of the module nova_aggregates in check mode, empty where it was not asked.
        api_host: host that asks nova.
    """
    if answer.get("problems"):
        return list(answer["problems"])
    if answer.get("failed"):
        return [f"{api_host}: services_cloud: {cause(answer)}"]
    return unusable(answer, "nova_aggregates", f"{api_host}: services_cloud")


def joining_reports(services: Iterable[Mapping[str, Any]], answer: Mapping[str, Any]) -> list[str]:
    """What services will join, or that they will not.

    Args:
        services: as joining() returns them.
        answer: as joining_problems() has it.
    """
    if not answer:
        names = ", ".join(one["host"] for one in services)
        return [f"{names}: services_aggregates: not looked at, because services_verify is false."] if names else []
    new = {one["name"]: one["availability_zone"] for one in answer.get("created") or ()}
    joins: dict[str, list[str]] = {}
    for one in answer.get("joined") or ():
        joins.setdefault(one["host"], []).append(_shown(one["aggregate"], new))
    return [f"{host}: will join {', '.join(names)} when its host is mapped to a cell." for host, names in joins.items()]


def _shown(name: str, new: Mapping[str, str | None]) -> str:
    if name not in new:
        return f"the host aggregate {name}"
    return f"the new host aggregate {name}" + (f" (availability zone {new[name]})" if new[name] else "")
