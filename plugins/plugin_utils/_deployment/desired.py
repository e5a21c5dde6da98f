# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services of targets, as the module containers takes them.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_DRIVER, LABEL_TARGET
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS


def desired_services(
    targets: Iterable[Mapping[str, Any]],
    container: Mapping[str, Any] | None = None,
    memory: Mapping[str, int] | None = None,
    density: bool = False,
) -> list[dict[str, Any]]:
    """The services of some targets, as the module containers takes them.

    Args:
        targets: with target, service and driver.
        container: the operator's settings of all containers, which win over what a driver needs.
        memory: driver -> MB that one of its services needs. It wins over the driver's own figure.
        density: whether the services run with the density profile.

    Returns:
        dicts. The labels let C(docker ps --filter) find a target's container.
    """
    return [_desired(target, container or {}, _memory(target["driver"], memory or {}, density)) for target in targets]


def _memory(driver: str, given: Mapping[str, int], density: bool) -> int | None:
    own = DRIVERS[driver].dense_memory_mb if density else DRIVERS[driver].memory_mb
    return given.get(driver) or own


def _desired(target: Mapping[str, Any], container: Mapping[str, Any], memory: int | None) -> dict[str, Any]:
    ours = {LABEL_TARGET: target["target"], LABEL_DRIVER: target["driver"]}
    labels = dict(container.get("labels") or {}, **ours)
    settings = dict(_particular(DRIVERS[target["driver"]].container, container), labels=labels)
    size = dict(memory_mb=int(memory)) if memory else {}
    return dict(name=target["service"], target=target["target"], container=settings, **size)


def _particular(needed: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a driver needs, unless the operator sets it. An operator's mount replaces the one at the same place."""
    found = {name: value for name, value in needed.items() if name not in given}
    if "mounts" in needed and given.get("mounts"):
        theirs = {one["target"] for one in given["mounts"]}
        found["mounts"] = [one for one in needed["mounts"] if one["target"] not in theirs] + list(given["mounts"])
    return found
