# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of a fleet's containers, from one list request and the kernel's own files."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import shims
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import EngineError, NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.log_cause import last_cause
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked

# Threads that ask about single containers: the engine answers within milliseconds.
INSPECTORS = 8
# Two tracebacks of nova's drivers, the second of which may be cut off.
CAUSE_LINES = 400


def fleet_info(engine, fleet, log_services=(), log_lines=20, restarts=False):
    """Describe every container of a fleet.

    Args:
        engine: Engine.
        fleet: name.
        log_services: names of services whose log tail to add, and its last error; two requests each.
        log_lines: int.
        restarts: bool, whether to add how often each was restarted, for one request more a container.

    Returns:
        list of dict, as the module containers_info documents them.
    """
    found = shims.containers(engine)
    ours = [one for one in found if one.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in one.labels]
    ours.sort(key=lambda one: (one.labels[LABEL_SERVICE], one.name))
    current = engine.image_ids(one.image for one in ours)
    groups = cgroups.Groups()
    entries = [_entry(container, current[container.image], groups) for container in ours]
    _add_logs(engine, [entry for entry in entries if entry["name"] in log_services], log_lines)
    if restarts:
        _add_restarts(engine, entries)
    return entries


def _add_logs(engine, entries, lines):
    with ThreadPoolExecutor(max_workers=INSPECTORS) as pool:
        for entry, text in zip(entries, pool.map(lambda entry: _log(engine, entry["id"], lines), entries)):
            entry["log"] = "".join(text.splitlines(keepends=True)[-lines:])
            entry["cause"] = last_cause(text)


def _log(engine, ident, lines):
    """The end of a container's log, free of secrets; an earlier life of its own does not count.

    Where Docker starts it again and again, the life that is just beginning has told nothing yet.
    """
    try:
        details = engine.inspect(ident)
    except EngineError:
        return ""
    since = None if details["RestartCount"] else details["State"]["StartedAt"]
    return masked(engine.log_tail(ident, max(lines, CAUSE_LINES), since))


def _add_restarts(engine, entries):
    with ThreadPoolExecutor(max_workers=INSPECTORS) as pool:
        for entry, count in zip(entries, pool.map(lambda entry: _restarts(engine, entry["id"]), entries)):
            entry["restarts"] = count


def _restarts(engine, ident):
    try:
        return engine.inspect(ident)["RestartCount"]
    except NotFound:
        return None


def _entry(container, image_id_now, groups):
    running = container.state == "running"
    age = groups.age_seconds(container.id) if running else None
    return dict(
        name=container.labels[LABEL_SERVICE],
        container=container.name,
        id=container.id,
        state=container.state,
        part=groups.part(container.id) if running else None,
        health=container.health,
        status=container.status,
        image=container.image,
        image_id=container.image_id,
        image_current=_is_current(container, image_id_now),
        created=container.created,
        labels=container.labels,
        age_seconds=age,
        started_at=_started_at(age),
        memory_bytes=groups.memory_bytes(container.id) if running else None,
        cpu_seconds=groups.cpu_seconds(container.id) if running else None,
    )


def _is_current(container, image_id_now):
    """Docker lists the bare id where the name leads elsewhere by now (moby: daemon/list.go, refreshImage)."""
    return not container.image.startswith("sha256:") and container.image_id == image_id_now


def _started_at(age):
    if age is None:
        return None
    return _times.text(time.time() - age)
