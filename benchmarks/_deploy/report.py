# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a document of the figures of all runs: medians, ratios to the baselines, and the range of the runs."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable

from _common.machine import rounded

from .operations import OPERATIONS

Runs = dict[str, dict[int, list[dict]]]


def document(options: argparse.Namespace, runs: Runs, facts: dict) -> dict:
    """Make the document.

    Args:
        options: of the command line.
        runs: connection -> services -> figures of each run, as Fleet.run() has them.
        facts: of the machine.
    """
    found = {name: _connection(fleets) for name, fleets in runs.items()}
    about = dict(runs=options.runs, engine=options.engine, pipelining=options.pipelining)
    return rounded(dict(**found, **about, machine=facts))


def _connection(fleets: dict[int, list[dict]]) -> dict:
    found: dict = {str(services): _fleet(runs) for services, runs in fleets.items()}
    least, most = min(fleets), max(fleets)
    growth = found[str(most)]["noop"]["seconds"] - found[str(least)]["noop"]["seconds"]
    found["noop_ms_per_further_target"] = growth / (most - least) * 1000 if most > least else None
    return found


def _fleet(runs: list[dict]) -> dict:
    empty, trivial = _median(run["empty"] for run in runs), _median(run["trivial"] for run in runs)
    return dict(
        **{name: _operation([run[name] for run in runs], empty, trivial) for name in OPERATIONS},
        empty_seconds=empty,
        trivial_seconds=trivial,
    )


def _operation(figures: list[dict], empty: float, trivial: float) -> dict:
    middle, seconds = _median(figures), [one["seconds"] for one in figures]
    return dict(
        seconds=middle,
        cpu_seconds=_median(figures, "cpu_seconds"),
        ratio_empty=middle / empty,
        ratio_trivial=middle / trivial,
        tasks=figures[0]["tasks"],
        spread=[min(seconds), max(seconds)],
    )


def _median(figures: Iterable[dict], key: str = "seconds") -> float:
    return statistics.median(one[key] for one in figures)
