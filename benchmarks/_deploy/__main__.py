# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command line: deploys fleets of each size over each connection several times, and prints the document."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack

from _common import machine, program
from _common.collection import CACHE

from . import report
from .engines import DockerEngine, StandInEngine, prepared
from .operations import OPERATIONS, Fleet
from .site import Site
from .ssh import Ssh

CONNECTIONS = ("local", "ssh")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/deploy", description=__doc__)
    parser.add_argument(
        "--services", type=int, nargs="+", default=[10, 300, 1000], help="targets (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs that the medians are of (default: %(default)s)")
    parser.add_argument("--connection", nargs="+", choices=CONNECTIONS, default=CONNECTIONS, help="default: both")
    parser.add_argument("--pipelining", action="store_true", help="Ansible's option; off, as it is by default")
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument(
        "--engine",
        choices=(DockerEngine.kind, StandInEngine.kind),
        default=DockerEngine.kind,
        help="(default: %(default)s)",
    )
    engines.add_argument("--docker-host", help="a Docker engine to use instead of one that is started for this")
    return parser.parse_args()


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def measure(options: argparse.Namespace) -> dict:
    with ExitStack() as stack:
        site = stack.enter_context(Site(CACHE, options.pipelining))
        engine = stack.enter_context(prepared(options.engine, options.docker_host, CACHE, site.config))
        site.begin(engine)
        ways = {name: stack.enter_context(Ssh()) if name == "ssh" else None for name in options.connection}
        facts = machine.facts(engine.client)
        runs: report.Runs = {name: {services: [] for services in options.services} for name in ways}
        for number in range(options.runs):
            for name, way in ways.items():
                for services in options.services:
                    say(f"run {number + 1} of {options.runs}: {services} targets, {name}")
                    figures = Fleet(site, services, way).run()
                    say(
                        ", ".join(f"{key} {figures[key]['seconds']:.2f} s" for key in ("empty", "trivial", *OPERATIONS))
                    )
                    runs[name][services].append(figures)
        return report.document(options, runs, facts)


def main() -> None:
    program.run(measure, arguments())


main()
