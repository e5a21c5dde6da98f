# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A comparison of inventory, Docker and nova as metrics for Prometheus.  Pure.

node_exporter's textfile collector reads version 0.0.4 of Prometheus's text format. It refuses a file that has a time
stamp on a sample, or a type that only OpenMetrics has, such as info. So every metric is a gauge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.novafleet.compute.plugins.module_utils import _times

# Name of a metric, where its labels' values are found, and its value.
Sample = tuple[str, Mapping[str, Any], float]

SERVICE = ("target", "service_host", "driver")
CONTAINER = (*SERVICE, "docker_host", "container")


class Metric(NamedTuple):
    """One metric.

    Attributes:
        labels: names of its labels, in addition to fleet.
        help: sentence for its HELP line.
    """

    labels: tuple[str, ...]
    help: str


METRICS = dict(
    novafleet_status_timestamp_seconds=Metric((), "Unix time of the status run that wrote these metrics."),
    novafleet_query_success=Metric(("query", "docker_host"), "Whether a query of the status run got an answer."),
    novafleet_problems=Metric((), "Problems beyond single services, such as what a deployment would refuse."),
    novafleet_services=Metric((), "Services in the status."),
    novafleet_service_up=Metric(SERVICE, "Whether nova shows the service as up."),
    novafleet_service_enabled=Metric(SERVICE, "Whether the service is enabled in nova."),
    novafleet_service_heartbeat_timestamp_seconds=Metric(SERVICE, "Unix time of the service's last heartbeat in nova."),
    novafleet_disagreements=Metric(
        (*CONTAINER, "kind", "level"), "Disagreements between inventory, Docker and nova about the service."
    ),
    novafleet_container_state=Metric((*CONTAINER, "state"), "State of the container, in the label state. Always 1."),
    novafleet_container_info=Metric(
        (*CONTAINER, "image", "part"), "Image of the container, and its part: active, standby or starting. Always 1."
    ),
    novafleet_container_start_time_seconds=Metric(CONTAINER, "Unix time when the container's processes started."),
    novafleet_container_memory_bytes=Metric(
        CONTAINER, "Memory charged to the container, without page cache that can be dropped."
    ),
)


def metrics_text(status: Mapping[str, Any], fleet: str, now: float) -> str:
    """Write a comparison in Prometheus's text format. It holds names and numbers only, no text of a problem or a log.

    Args:
        status: dict, as _status.status() returns it.
        fleet: name of the set of services.
        now: time of the comparison, in seconds since the epoch.

    Returns:
        str
    """
    lines: dict[str, list[str]] = {name: [] for name in METRICS}
    for name, values, value in _samples(status, now):
        labels = ("fleet", *METRICS[name].labels)
        shown = ",".join(f'{label}="{_escaped(dict(values, fleet=fleet)[label])}"' for label in labels)
        lines[name].append(f"{name}{{{shown}}} {value:.15g}")
    text = [
        "\n".join([f"# HELP {name} {METRICS[name].help}", f"# TYPE {name} gauge", *found])
        for name, found in lines.items()
        if found
    ]
    return "\n".join(text) + "\n"


def _samples(status: Mapping[str, Any], now: float) -> Iterator[Sample]:
    yield "novafleet_status_timestamp_seconds", {}, int(now)
    yield "novafleet_problems", {}, len(status["problems"])
    yield "novafleet_services", {}, status["summary"]["services"]
    for query in status["queries"]:
        yield "novafleet_query_success", query, int(query["answered"])
    services = set()
    for row in status["services"]:
        labels = dict(row, service_host=row["service"])
        # A service with a standby has two rows, and nova's record in both.
        if row["service"] not in services:
            yield from _of_service(labels)
        services.add(row["service"])
        yield from _of_container(labels)


def _of_service(row: Mapping[str, Any]) -> Iterator[Sample]:
    known = row["nova_status"] is not None
    # A target without a record in nova is not up. A resource provider that is left over is not a service.
    if row["nova_state"] is not None and (known or row["target"]):
        yield "novafleet_service_up", row, int(row["nova_state"] == "up")
    if known:
        yield "novafleet_service_enabled", row, int(row["nova_status"] == "enabled")
    if row["heartbeat"]:
        yield "novafleet_service_heartbeat_timestamp_seconds", row, _times.seconds(row["heartbeat"])


def _of_container(row: Mapping[str, Any]) -> Iterator[Sample]:
    counts = Counter((one["kind"], one["level"]) for one in row["disagreements"])
    for (kind, level), count in counts.items():
        yield "novafleet_disagreements", dict(row, kind=kind, level=level), count
    if row["container"] is None:
        return
    yield "novafleet_container_state", row, 1
    yield "novafleet_container_info", row, 1
    if row["started_at"]:
        yield "novafleet_container_start_time_seconds", row, _times.seconds(row["started_at"])
    if row["memory_bytes"] is not None:
        yield "novafleet_container_memory_bytes", row, row["memory_bytes"]


def _escaped(value: object) -> str:
    """A label's value. One that is not known is empty, which Prometheus takes as none."""
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
