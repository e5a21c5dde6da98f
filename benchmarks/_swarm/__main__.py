# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command line: the module and the raw SDK in turn, on a swarm of three engines, several times."""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time

from _common import machine, program
from _common.collection import CACHE, CHECKOUT, Collection

from .raw_sdk import RawSdk

sys.path.append(str(CHECKOUT / "tests" / "integration"))
from private_swarm import PrivateSwarm

OPERATIONS = ("create", "noop", "change_one", "roll", "remove")
IMAGE = "nf-benchmark:1"
VERSIONS = dict(create="1", noop="1", change_one="1", roll="3")


def arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/swarm", description=__doc__)
    parser.add_argument("--services", type=int, default=300, help="services (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs that the medians are of (default: %(default)s)")
    return parser.parse_args()


def text(name, version):
    """A nova.conf of 2 KB."""
    return f"[DEFAULT]\nhost = {name}\n# {version}\n" + "# filler\n" * 220


class Playbook:
    """The module, called with ansible-playbook."""

    def __init__(self, collection, host, image, number):
        self.collection, self.host, self.image = collection, host, image
        self.names = [f"s{one}" for one in range(number)]
        self.book = collection.directory / "play.json"

    def run(self, operation):
        self.book.write_text(json.dumps(self._play(operation)), encoding="utf-8")
        return self.collection.run("localhost,", self.book)

    def _play(self, operation):
        options = dict(
            docker_host=self.host,
            fleet="benchmark",
            image=self.image,
            container=dict(security_opt=[]),
            max_unavailable="100%",
            settle=0,
            **self._wanted(operation),
        )
        variables = dict(ansible_python_interpreter=sys.executable)
        task = {"novafleet.compute.swarm_services": options}
        return [dict(hosts="all", connection="local", gather_facts=False, vars=variables, tasks=[task])]

    def _wanted(self, operation):
        if operation == "remove":
            return dict(state="absent", all=True)
        versions = dict.fromkeys(self.names, VERSIONS[operation])
        if operation == "change_one":
            versions[self.names[0]] = "2"
        command = ["sleep", "infinity"]
        return dict(
            services=[
                dict(name=name, command=command, files=[dict(path="nova.conf", content=text(name, version))])
                for name, version in versions.items()
            ]
        )


def say(words):
    print(f"[{time.strftime('%H:%M:%S')}] {words}", file=sys.stderr, flush=True)


def one_run(contestants, backwards):
    figures = {}
    for key, contestant in sorted(contestants.items(), reverse=backwards):
        figures[key] = {}
        for operation in OPERATIONS:
            figures[key][operation] = contestant.run(operation)
            say(f"{key} {operation}: {figures[key][operation]:.2f} s")
    return figures


def document(options, runs, facts):
    result = dict(services=options.services, runs=options.runs, machine=facts)
    for operation in OPERATIONS:
        module, raw = ([run[key][operation] for run in runs] for key in ("module", "raw"))
        result[operation] = dict(
            seconds=statistics.median(module),
            spread=[min(module), max(module)],
            raw_sdk_seconds=statistics.median(raw),
            ratio_raw_sdk=statistics.median(module) / statistics.median(raw),
        )
    return machine.rounded(result)


def measure(options):
    swarm = PrivateSwarm(size="4g")
    with contextlib.ExitStack() as stack:
        stack.callback(swarm.close)
        swarm.start()
        first = next(iter(swarm.nodes.values()))
        first.engine.load_image(IMAGE, IMAGE)
        with swarm.client(first) as api:
            name = swarm.push(IMAGE)
            image = f"{name}@{api.inspect_distribution(name)['Descriptor']['digest']}"
            for node in swarm.nodes.values():
                with swarm.client(node, timeout=120) as engine:
                    engine.pull(image)
        collection = stack.enter_context(Collection(CACHE, ("plugins", "meta", "roles")))
        contestants = dict(
            module=Playbook(collection, first.engine.host, image, options.services),
            raw=RawSdk(first.engine.host, image, options.services, text),
        )
        with contextlib.closing(first.engine.client()) as client:
            facts = machine.facts(client)
        runs = [one_run(contestants, number % 2 == 1) for number in range(options.runs)]
        return document(options, runs, facts)


if __name__ == "__main__":
    program.run(measure, arguments())
