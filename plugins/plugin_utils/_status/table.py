# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draws tables, and what people read of a comparison of inventory, Docker and nova.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import WAITING

COLUMNS = ("service", "target", "docker host", "container", "nova", "age", "memory")
ABSENT = "-"
MARKS = {"error": "!!", "warning": "!", "note": "i", None: ""}


def status_cells(row: Mapping[str, Any]) -> dict[str, str]:
    """What a person reads of one service.

    Args:
        row: dict, an entry of the services of _status.status().

    Returns:
        dict of str, with the keys of COLUMNS.
    """
    return {
        "service": row["service"],
        "target": row["target"] or "not in inventory",
        "docker host": row["docker_host"] or ABSENT,
        "container": _container(row),
        "nova": _nova(row),
        "age": _age(row["age_seconds"]),
        "memory": _memory(row["memory_bytes"]),
    }


def status_text(status: Mapping[str, Any]) -> list[str]:
    """A whole comparison as lines: a row a service, then what is wrong beyond single services, then each disagreement.

    Args:
        status: dict, as _status.status() returns it.

    Returns:
        list of str
    """
    rows = [dict(status_cells(row), **{" ": MARKS[row["level"]]}) for row in status["services"]]
    lines = table(rows, (*COLUMNS, " "))
    lines += status["problems"]
    for row in status["services"]:
        for one in row["disagreements"]:
            lines.append(f"{one['level']}: {row['service']}: {one['text']}. {one['cure']}")
        if row["cause"]:
            lines.append(f"  the log of {row['service']}: {row['cause']}")
    return [*lines, summary_line(status["summary"])]


def summary_line(summary: Mapping[str, Any]) -> str:
    """One sentence on a comparison.

    Args:
        summary: dict, as _status.status() returns it.

    Returns:
        str
    """
    line = f"{summary['services']} services, {summary['disagreements']} disagreements"
    kinds = ", ".join(f"{number} {kind}" for kind, number in summary["kinds"].items())
    return (
        line + (f" ({kinds})" if kinds else "") + (f", {summary['problems']} problems" if summary["problems"] else "")
    )


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> list[str]:
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


def _container(row: Mapping[str, Any]) -> str:
    if row["state"] is None:
        return _without_container(row)
    notes = [note for note in (row["health"], "standby" if row["part"] in WAITING else None) if note]
    return f"{row['state']} ({', '.join(notes)})" if notes else row["state"]


def _without_container(row: Mapping[str, Any]) -> str:
    if "missing" in [one["kind"] for one in row["disagreements"]]:
        return "missing"
    # A target has no known container. That is not a mistake: a Docker host that may have it has not answered.
    return "unknown" if row["target"] else ABSENT


def _nova(row: Mapping[str, Any]) -> str:
    if row["nova_state"] is None:
        return ABSENT
    disabled = row["nova_status"] not in (None, "enabled")
    return f"{row['nova_state']} ({row['nova_status']})" if disabled else row["nova_state"]


def _age(seconds: int | None) -> str:
    if seconds is None:
        return ABSENT
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _memory(size: int | None) -> str:
    return ABSENT if size is None else f"{size / 2**20:.0f} MiB"
