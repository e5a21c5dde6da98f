# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the figures of all runs to one document: medians, and how far apart the runs were."""

from __future__ import annotations

import os
import platform
import statistics
from contextlib import closing
from pathlib import Path

from . import engine
from .operations import OPERATIONS


def document(options, runs, facts):
    """Make the document.

    Args:
        options: of the command line.
        runs: list of dict; "module", "raw", "loop" -> operation -> figures, and "nothing", "render", "templates".
        facts: dict, of facts().

    Returns:
        dict
    """
    nothing = _median([run["nothing"] for run in runs]) if options.loop else None
    operations = {name: _operation(name, options, runs, nothing) for name in OPERATIONS}
    return dict(
        services=options.services,
        concurrency=options.concurrency,
        **operations,
        render=_render(options, runs, nothing),
        runs=len(runs),
        loop_services=options.loop,
        max_unavailable=options.max_unavailable,
        ansible_start_seconds=_round(nothing),
        machine=facts,
    )


def _operation(name, options, runs, nothing):
    ours, raw = [run["module"][name] for run in runs], [run["raw"][name] for run in runs]
    middle = {key: _median([figures[key] for figures in ours]) for key in ours[0]}
    raw_seconds = _median([figures["seconds"] for figures in raw])
    per_container = middle["seconds"] / options.services
    result = dict(
        seconds=middle["seconds"],
        module_seconds=middle["module_seconds"],
        per_container_ms=per_container * 1000,
        ratio_raw_sdk=middle["seconds"] / raw_seconds,
        speedup_loop=None,
        api_requests=middle["api_requests"],
        module_peak_mb=max(figures["module_peak_mb"] for figures in ours),
        module_calls=middle["module_calls"],
        payload_kb=middle["payload_kb"],
        files_kb=middle["files_kb"],
        raw_sdk=dict(seconds=raw_seconds, api_requests=_median([figures["api_requests"] for figures in raw])),
        loop=None,
        spread=dict(seconds=_spread(ours), raw_sdk_seconds=_spread(raw)),
    )
    if options.loop:
        loop = (_median([run["loop"][name]["seconds"] for run in runs]) - nothing) / options.loop
        result.update(speedup_loop=loop / per_container, loop=dict(per_container_ms=loop * 1000))
    return _round(result)


def _render(options, runs, nothing):
    per_target = [(run["render"]["seconds"] - run["render"]["module_seconds"]) / options.render for run in runs]
    result = dict(
        targets=options.render,
        per_target_ms=_median(per_target) * 1000,
        speedup_template_loop=None,
        seconds=_median([run["render"]["seconds"] for run in runs]),
        module_seconds=_median([run["render"]["module_seconds"] for run in runs]),
        template_loop=None,
    )
    if options.loop:
        loop = (_median([run["templates"] for run in runs]) - nothing) / options.loop
        result.update(speedup_template_loop=loop / _median(per_target), template_loop=dict(per_target_ms=loop * 1000))
    return _round(result)


def facts(host):
    """What the figures depend on beside the code."""
    with closing(engine.client(host)) as one:
        version, info = one.version(), one.info()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return dict(
        processors=os.cpu_count(),
        processor=_processor(),
        memory_gb=round(memory / 2**30, 1),
        kernel=platform.release(),
        python=platform.python_version(),
        docker=version["Version"],
        storage_driver=info["Driver"],
        load=[round(value, 2) for value in os.getloadavg()],
    )


def _processor():
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


_median = statistics.median


def _spread(figures):
    seconds = [one["seconds"] for one in figures]
    return [min(seconds), max(seconds)]


def _round(value):
    """Three digits after the point, or three that count: no clock here is better."""
    if isinstance(value, dict):
        return {key: _round(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_round(one) for one in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    return value
