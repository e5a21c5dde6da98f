# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a document of the figures of all runs: medians, and the range of the runs."""

from __future__ import annotations

import statistics
from contextlib import closing

from _common import machine
from _common.machine import rounded

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
        ansible_start_seconds=rounded(nothing),
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
        loop = _extrapolated([run["loop"][name]["seconds"] for run in runs], nothing, options.loop, options.services)
        result.update(speedup_loop=loop / per_container, loop=dict(per_container_ms=loop * 1000))
    return rounded(result)


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
        loop = _extrapolated([run["templates"] for run in runs], nothing, options.loop, options.render)
        result.update(speedup_template_loop=loop / _median(per_target), template_loop=dict(per_target_ms=loop * 1000))
    return rounded(result)


def _extrapolated(seconds, nothing, measured, wanted):
    """Seconds for each item of a long loop, calculated from shorter loops. Ansible starts once for all items."""
    return (_median(seconds) - nothing) / measured + nothing / wanted


def facts(host):
    """Describe the conditions of the figures, in addition to the code."""
    with closing(engine.client(host)) as one:
        return machine.facts(one)


_median = statistics.median


def _spread(figures):
    seconds = [one["seconds"] for one in figures]
    return [min(seconds), max(seconds)]
