# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One operation with only the Docker SDK. Usage: raw_sdk.py OPERATION PLAN"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import docker

STOP_TIMEOUT = 10


def create(api, pool, bodies):
    def one(name):
        api.create_container_from_config(bodies[name], name)
        api.start(name)

    _each(pool, one, bodies)
    _each(pool, api.inspect_container, bodies)


def noop(_api, _pool, _bodies):
    """The list shows that nothing has to be done."""


def change_one(api, pool, bodies):
    roll(api, pool, list(bodies)[:1])


def roll(api, pool, bodies):
    _each(pool, lambda name: api.restart(name, timeout=STOP_TIMEOUT), bodies)
    _each(pool, api.inspect_container, bodies)


def remove(api, pool, bodies):
    def one(name):
        api.stop(name, timeout=STOP_TIMEOUT)
        api.remove_container(name, v=True, force=True)

    _each(pool, one, bodies)


def _each(pool, function, names):
    list(pool.map(function, names))


def main(operation, path):
    with open(path, encoding="utf-8") as stream:
        plan = json.load(stream)
    api = docker.DockerClient(base_url=plan["host"], version="auto", timeout=60, max_pool_size=32).api
    api.containers(all=True)
    if operation != "remove":
        api.inspect_image(plan["image"])
    with ThreadPoolExecutor(max_workers=plan["concurrency"]) as pool:
        globals()[operation](api, pool, plan["bodies"])


if __name__ == "__main__":
    main(*sys.argv[1:])
