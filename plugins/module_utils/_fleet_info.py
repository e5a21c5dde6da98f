# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of a fleet's containers, from one list request and the kernel's own files."""

from __future__ import annotations

import os
import time

from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked
from ansible_collections.novafleet.compute.plugins.module_utils._spec import LABEL_FLEET, LABEL_SERVICE

# Where Docker puts a container's control group: cgroup v1 and v2, cgroupfs and systemd drivers.
CGROUPS = (
    "/sys/fs/cgroup/memory/docker/{id}",
    "/sys/fs/cgroup/memory/system.slice/docker-{id}.scope",
    "/sys/fs/cgroup/docker/{id}",
    "/sys/fs/cgroup/system.slice/docker-{id}.scope",
)
# cgroup v1 and v2: charged memory, and the statistic that says how much of it is droppable cache.
CHARGED = (("memory.usage_in_bytes", "total_inactive_file"), ("memory.current", "inactive_file"))


def fleet_info(engine, fleet, log_services=(), log_lines=20):
    """Describe every container of a fleet.

    Args:
        engine: Engine.
        fleet: name.
        log_services: names of services whose log tail to add.
        log_lines: int.

    Returns:
        list of dict, as the module containers_info documents them.
    """
    ours = [one for one in engine.containers() if one.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in one.labels]
    entries = [_entry(container) for container in sorted(ours, key=lambda one: (one.labels[LABEL_SERVICE], one.name))]
    for entry in entries:
        if entry["name"] in log_services:
            entry["log"] = masked(engine.log_tail(entry["id"], log_lines))
    return entries


def _entry(container):
    running = container.state == "running"
    cgroup = _cgroup(container.id) if running else None
    return dict(
        name=container.labels[LABEL_SERVICE],
        container=container.name,
        id=container.id,
        state=container.state,
        status=container.status,
        image=container.image,
        image_id=container.image_id,
        created=container.created,
        labels=container.labels,
        age_seconds=_age(cgroup),
        memory_bytes=_memory(cgroup),
    )


def _cgroup(ident):
    paths = (path.format(id=ident) for path in CGROUPS)
    return next((path for path in paths if os.path.isdir(path)), None)


def _memory(cgroup):
    for charged, cache in CHARGED if cgroup else ():
        usage = _read(os.path.join(cgroup, charged))
        if usage:
            statistics = dict(line.split() for line in _read(os.path.join(cgroup, "memory.stat")).splitlines())
            return int(usage) - int(statistics.get(cache, 0))
    return None


def _age(cgroup):
    """Seconds since the first process of the group started (proc(5), stat field 22: clock ticks since boot)."""
    pids = _read(os.path.join(cgroup, "cgroup.procs")).split() if cgroup else []
    started = [_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19:20] for pid in pids]
    ticks = [int(value[0]) for value in started if value]
    if not ticks:
        return None
    return max(0, int(time.clock_gettime(time.CLOCK_BOOTTIME) - min(ticks) / os.sysconf("SC_CLK_TCK")))


def _read(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""
