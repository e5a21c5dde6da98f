# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enroll nodes of Ironic's fake hardware, and bring them to the state available.

usage: enroll.py CLOUDS_FILE PLAN

PLAN is JSON:

    seconds  time limit for each node
    shards   name of a shard -> number of its nodes

A node that exists is left alone, unless its enrollment was interrupted.  Prints {changed, nodes} as JSON.
"""

from __future__ import annotations

import json
import sys

import openstack
from openstack.config import OpenStackConfig

CLOUD = "sandbox-system"
RESOURCE_CLASS = "baremetal"
PROPERTIES = dict(cpus=1, memory_mb=64, local_gb=1, cpu_arch="x86_64")
# Provision state -> the action that leads to available.
NEXT = {"enroll": "manage", "manageable": "provide"}


def wanted(shards):
    """Name to shard, of each node."""
    return {f"{shard}-node-{number}": shard for shard, count in shards.items() for number in range(1, count + 1)}


def enroll(metal, name, shard, known):
    """Whether a node was created."""
    if name in known:
        return False
    metal.create_node(
        name=name, shard=shard, driver="fake-hardware", resource_class=RESOURCE_CLASS, properties=PROPERTIES
    )
    return True


def provide(metal, name, seconds):
    """Whether a node's state was changed."""
    begun = metal.get_node(name).provision_state
    state = begun
    while state in NEXT:
        state = metal.set_node_provision_state(name, NEXT[state], wait=True, timeout=seconds).provision_state
    return state != begun


def power_off(metal, name, seconds):
    """Whether a node was powered off: fake hardware has no power state before, and nova uses no node without one."""
    if metal.get_node(name).power_state:
        return False
    metal.set_node_power_state(name, "power off", wait=True, timeout=seconds)
    return True


def main():
    clouds_file, plan = sys.argv[1], json.loads(sys.argv[2])
    config = OpenStackConfig(config_files=[clouds_file]).get_one(CLOUD)
    metal = openstack.connection.Connection(config=config).baremetal
    nodes = wanted(plan["shards"])
    known = {node.name for node in metal.nodes()}
    made = [enroll(metal, name, shard, known) for name, shard in nodes.items()]
    provided = [provide(metal, name, plan["seconds"]) for name in nodes]
    off = [power_off(metal, name, plan["seconds"]) for name in nodes]
    print(json.dumps(dict(changed=any(made + provided + off), nodes=sorted(nodes))))


if __name__ == "__main__":
    main()
