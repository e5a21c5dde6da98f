# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares inventory, Docker and nova, a row a service; and draws tables.  Pure."""

from __future__ import annotations

COLUMNS = ("service", "target", "docker host", "container", "nova", "age", "memory")
ABSENT = "-"


def status_rows(targets, containers, nova):
    """One row a service, from whichever of the three sides knows it.

    Args:
        targets: list of dict with service and target, from the inventory.
        containers: dict, Docker host -> list of dict as the module containers_info returns them.
        nova: list of dict as the module nova_services_info returns services.

    Returns:
        list of dict with the keys of COLUMNS, in the order of services.
    """
    wanted = {target["service"]: target["target"] for target in targets}
    places = [(one["name"], host, one) for host, found in sorted(containers.items()) for one in found]
    placed = {name for name, _host, _one in places}
    records = {record["host"]: record for record in nova}
    rows = [_row(name, wanted, host, one, records) for name, host, one in places]
    rows += [_row(name, wanted, ABSENT, None, records) for name in wanted if name not in placed]
    return sorted(rows, key=lambda row: (row["service"], row["docker host"]))


def _row(name, wanted, host, container, records):
    return {
        "service": name,
        "target": wanted.get(name, "not in inventory"),
        "docker host": host,
        "container": _container_state(container),
        "nova": _nova_state(records.get(name)),
        "age": _age(container["age_seconds"]) if container else ABSENT,
        "memory": _memory(container["memory_bytes"]) if container else ABSENT,
    }


def _container_state(container):
    if container is None:
        return "missing"
    return f"{container['state']} ({container['health']})" if container["health"] else container["state"]


def _nova_state(record):
    if record is None:
        return "unknown"
    return record["state"] if record["status"] == "enabled" else f"{record['state']} ({record['status']})"


def _age(seconds):
    if seconds is None:
        return ABSENT
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _memory(size):
    return ABSENT if size is None else f"{size / 2**20:.0f} MiB"


def table(rows, columns=COLUMNS):
    """Draw rows as lines of aligned text.

    Args:
        rows: list of dict.
        columns: keys to show, in order.

    Returns:
        list of str, the heading first.
    """
    cells = [[column.upper() for column in columns]] + [[str(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
