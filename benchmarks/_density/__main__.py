# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command line: starts a cloud, measures one profile after the other, removes everything and prints the document."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import ExitStack

import docker
from _common import machine, program
from _common.collection import CACHE
from _common.processes import Failed

from .cloud import FLEET, SANDBOX, Cloud
from .fleet import Fleet
from .profile import REST_SECONDS, Profile
from .storm import Storm

PROFILES = ("plain", "dense")
STORMS = ("bus", "placement", "keystone")


def arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/density", description=__doc__)
    parser.add_argument("--services", type=int, default=50, help="nova-computes (default: %(default)s)")
    parser.add_argument("--driver", choices=("fake", "vmware"), default="fake", help="of nova (default: %(default)s)")
    parser.add_argument("--profile", choices=PROFILES, help="only this one (default: both in turn)")
    parser.add_argument(
        "--storm", choices=STORMS, action="append", default=[], help="an outage, in the last profile; may be repeated"
    )
    parser.add_argument("--outage-seconds", type=int, default=60, help="of a storm (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=50, help="services of one deployment (default: %(default)s)")
    parser.add_argument("--floor-mb", type=int, default=2048, help="memory that stays available (default: %(default)s)")
    parser.add_argument(
        "--swap-percent", type=int, default=0, help="of free swap that services may take (default: %(default)s)"
    )
    parser.add_argument("--timeout", type=int, default=900, help="seconds for a batch to be up (default: %(default)s)")
    parser.add_argument("--settle-seconds", type=int, default=600, help="most to wait for ksmd (default: %(default)s)")
    parser.add_argument("--rest-seconds", type=int, default=REST_SECONDS, help="idle time (default: %(default)s)")
    parser.add_argument("--remove-images", action="store_true", help="do not keep the images for the next run")
    return parser.parse_args()


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def measure(options):
    _refuse_others()
    with Cloud(CACHE, options) as cloud, ExitStack() as stack:
        stack.callback(cloud.down)
        say("the cloud")
        cloud.up()
        facts = machine.facts(cloud.services.client)
        storm, profile = Storm(cloud, options, say), Profile(cloud, options, say)
        wanted = [options.profile] if options.profile else list(PROFILES)
        figures = dict.fromkeys(PROFILES)
        for name in wanted:
            last = name == wanted[-1]
            figures[name] = profile.measure(name, (lambda: _storms(storm, options)) if last and options.storm else None)
            if not last:
                cloud.remove()
        return dict(services=options.services, driver=options.driver, **figures, **_ratio(figures), machine=facts)


def _storms(storm, options):
    return {name: getattr(storm, name)() for name in options.storm}


def _ratio(figures):
    plain, dense = (figures[name] for name in PROFILES)
    return dict(ratio_host_mb=dense["host_mb_per_service"] / plain["host_mb_per_service"] if plain and dense else None)


def _refuse_others():
    """The sandbox has one set of ports, and other programs on the machine would change the figures."""
    try:
        found = [name for name in (FLEET, SANDBOX, "quickstart") if Fleet(name).inspect()]
    except docker.errors.DockerException:
        return
    if found:
        raise Failed(f"fleets of a sandbox or quick start already run here: {', '.join(found)}")


def main():
    options = arguments()
    # While the cloud starts, its missing answers are not reported.
    logging.getLogger("keystoneauth").setLevel(logging.ERROR)
    program.run(lambda options: machine.rounded(measure(options)), options)


main()
