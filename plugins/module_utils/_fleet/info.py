# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of a fleet's containers, from one list request and the kernel's own files."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    LABEL_DRIVER,
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_TARGET,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Container,
    Engine,
    EngineError,
    NotFound,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.log_cause import last_cause
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

# Threads that ask about single containers: the engine answers within milliseconds.
INSPECTORS = 8
# Two tracebacks of nova's drivers, the second of which may be cut off.
CAUSE_LINES = 400


def fleet_info(
    engine: Engine,
    fleet: str,
    log_services: Collection[str] = (),
    log_lines: int = 20,
    restarts: bool = False,
    details: bool = True,
) -> list[dict[str, Any]]:
    """Describe every container of a fleet.

    Args:
        engine: of this machine.
        fleet: name.
        log_services: names of services whose log tail and last error are added, with two requests each.
        log_lines: how many.
        restarts: whether to add each container's number of restarts, with one more request for each.
        details: whether to add what a deployment does not decide by.

    Returns:
        One dict a container, as the module containers_info documents them.

    Raises:
        EngineError: the engine does not answer.
    """
    containers = engine.containers(verify=True)
    ours = [each for each in containers if each.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in each.labels]
    ours.sort(key=lambda each: (each.labels[LABEL_SERVICE], each.name))
    groups = cgroups.Groups()
    entries = [_entry(container, groups) for container in ours]
    if details:
        current = engine.image_ids(each.image for each in ours)
        for entry, container in zip(entries, ours):
            entry.update(_details(container, current[container.image], groups))
    _add_logs(engine, [entry for entry in entries if entry["name"] in log_services], log_lines)
    if restarts:
        _add_restarts(engine, entries)
    return entries


def _add_logs(engine: Engine, entries: Sequence[dict[str, Any]], lines: int) -> None:
    with ThreadPoolExecutor(max_workers=INSPECTORS) as pool:
        for entry, text in zip(entries, pool.map(lambda entry: _log(engine, entry["id"], lines), entries)):
            entry["log"] = end_of_log(text, lines)
            entry["cause"] = last_cause(text)


def end_of_log(text: str, lines: int) -> str:
    """The last lines of a text; none if their number is not positive."""
    return "".join(text.splitlines(keepends=True)[-lines:]) if lines > 0 else ""


def _log(engine: Engine, ident: str, lines: int) -> str:
    """The end of a container's log, without secrets, since the container last started.

    While Docker restarts the container again and again, the latest start has not logged anything yet.
    """
    try:
        details = engine.inspect(ident)
    except EngineError:
        return ""
    since = None if details.restarts else details.started_at
    return masked(engine.log_tail(ident, max(lines, CAUSE_LINES), since))


def _add_restarts(engine: Engine, entries: Sequence[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(max_workers=INSPECTORS) as pool:
        for entry, count in zip(entries, pool.map(lambda entry: _restarts(engine, entry["id"]), entries)):
            entry["restarts"] = count


def _restarts(engine: Engine, ident: str) -> int | None:
    try:
        return engine.inspect(ident).restarts
    except NotFound:
        return None


def _entry(container: Container, groups: cgroups.Groups) -> dict[str, Any]:
    return dict(
        name=container.labels[LABEL_SERVICE],
        id=container.id,
        state=container.state,
        part=groups.part(container.id) if container.state == "running" else None,
        image=container.image,
        target=container.labels.get(LABEL_TARGET, ""),
        driver=container.labels.get(LABEL_DRIVER, ""),
    )


def _details(container: Container, image_id_now: str | None, groups: cgroups.Groups) -> dict[str, Any]:
    running = container.state == "running"
    age = groups.age_seconds(container.id) if running else None
    return dict(
        container=container.name,
        health=container.health,
        status=container.status,
        image_id=container.image_id,
        image_current=_is_current(container, image_id_now),
        created=container.created,
        labels=dict(container.labels),
        age_seconds=age,
        started_at=_started_at(age),
        memory_bytes=groups.memory_bytes(container.id) if running else None,
        cpu_seconds=groups.cpu_seconds(container.id) if running else None,
    )


def _is_current(container: Container, image_id_now: str | None) -> bool:
    """Docker lists the bare id if the name belongs to another image by now (moby: daemon/list.go, refreshImage)."""
    return not container.image.startswith("sha256:") and container.image_id == image_id_now


def _started_at(age: int | None) -> str | None:
    if age is None:
        return None
    return _times.text(time.time() - age)
