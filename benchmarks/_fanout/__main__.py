# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command line: runs the contestants in turn, several times, and prints the document."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack, contextmanager

from _common import program
from _common.collection import CACHE

from . import engine, report
from .crowd import Crowd
from .loop import Loop
from .module import Module
from .operations import OPERATIONS, Checked
from .raw import Raw
from .site import Site


def arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/fanout", description=__doc__)
    parser.add_argument("--services", type=int, default=300, help="containers (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs that the medians are of (default: %(default)s)")
    threads = max(4, min(32, 2 * (os.cpu_count() or 1)))
    parser.add_argument(
        "--concurrency", type=int, default=threads, help="default: that of the module, %(default)s here"
    )
    parser.add_argument("--max-unavailable", default="100%", help="of the rolling restart (default: %(default)s)")
    parser.add_argument("--loop", type=int, default=20, help="items of the loops; 0: no loops (default: %(default)s)")
    parser.add_argument("--render", type=int, default=500, help="targets of the rendering (default: %(default)s)")
    parser.add_argument("--engine", choices=sorted(engine.KINDS), default="docker", help="that is started for this")
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument("--docker-host", help="an engine to use instead of one that is started for this")
    engines.add_argument(
        "--runtime", help="path of an OCI runtime for that one, such as /usr/bin/crun, instead of runc"
    )
    return parser.parse_args()


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


@contextmanager
def docker_engine(given, kind, runtime):
    """Provide the engine's address, and restore the engine afterwards."""
    with ExitStack() as stack:
        host = given or stack.enter_context(engine.KINDS[kind](CACHE, runtime)).host
        stack.callback(engine.remove_image, host)
        stack.callback(engine.remove_all, host)
        engine.load_image(host)
        yield host


def one_run(contestants, options, backwards):
    """Measure the operations of every contestant, and the rendering.

    backwards: bool, whether the last contestant is the first one. An engine is slower after thousands of containers.
    """
    figures = {}
    for key, contestant in sorted(contestants.items(), reverse=backwards):
        figures[key] = {}
        with contestant.around:
            for operation in OPERATIONS:
                figures[key][operation] = contestant.run(operation)
                say(f"{key} {operation}: {figures[key][operation]['seconds']:.2f} s")
    figures["render"] = contestants["module"].contestant.render(options.render)
    if options.loop:
        loop = contestants["loop"].contestant
        figures.update(nothing=loop.nothing(), templates=loop.templates())
    return figures


def measure(options):
    with docker_engine(options.docker_host, options.engine, options.runtime) as host, Site(
        CACHE
    ) as site, ExitStack() as stack:
        module = Module(site, host, options)
        stack.callback(module.clean)
        contestants = dict(
            module=Checked(module, host, options.services),
            raw=Checked(Raw(site, host, options, options.services), host, options.services),
        )
        if options.loop:
            crowd = Crowd(site, host, options)
            contestants["loop"] = Checked(Loop(site, host, options), host, options.loop, crowd)
        facts, runs = report.facts(host), []
        for number in range(options.runs):
            say(f"run {number + 1} of {options.runs}")
            runs.append(one_run(contestants, options, number % 2 == 1))
        return report.document(options, runs, facts)


def main():
    program.run(measure, arguments())


main()
