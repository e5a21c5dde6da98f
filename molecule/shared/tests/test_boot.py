# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten instances are booted at once through nova's API, each on the hypervisor that was asked for, and leave nothing."""

from __future__ import annotations

import itertools

import pytest
from helper import booted, compute_nodes, eventually, log_of

INSTANCES = 10
# Services of the scenario, by the beginning of their names: clusters of a vCenter, or XenServers.
SERVICES = {"cluster": 5, "xs": 3}
# Of each instance, by its flavor.
TAKEN = {"VCPU": 1, "MEMORY_MB": 64, "DISK_GB": 1}


def allocations(cloud, node):
    """Instance to the resources that placement has allocated for it on a compute node."""
    found = cloud.placement.get(f"/resource_providers/{node.id}/allocations").json()["allocations"]
    return {ident: allocation["resources"] for ident, allocation in found.items()}


@pytest.fixture(scope="module")
def asked_for(services):
    """The services that the instances are to be on; nova is asked for each, so that a wrong one shows."""
    assert len(services) == SERVICES[services[0].partition("-")[0]]
    return list(itertools.islice(itertools.cycle(services), INSTANCES))


@pytest.fixture(scope="module")
def servers(cloud, image, asked_for):
    with booted(cloud, image, asked_for) as made:
        yield made


def test_ten_instances_boot_at_once_each_on_the_hypervisor_that_was_asked_for(
    cloud, asked_for, servers, hypervisors, containers
):
    failed = {server.compute_host: server.fault for server in servers if server.status != "ACTIVE"}
    assert not failed, [log_of(name)[-5000:] for name in set(asked_for) & set(failed)]
    assert [server.compute_host for server in servers] == asked_for
    wanted = {name: hypervisors.of(container) for name, container in containers.items()}
    machines = hypervisors.machines()
    assert [machines[server.id] for server in servers] == [wanted[name] for name in asked_for]


def test_placement_has_what_each_instance_takes_on_its_compute_node(cloud, asked_for, servers):
    nodes = compute_nodes(cloud)
    for name in set(asked_for):
        there = [server.id for server, host in zip(servers, asked_for, strict=True) if host == name]
        assert allocations(cloud, nodes[name]) == dict.fromkeys(there, TAKEN)


def test_deleted_instances_are_gone_from_nova_the_hypervisors_and_placement(cloud, servers, hypervisors):
    idents = {server.id for server in servers}
    for ident in idents:
        cloud.compute.delete_server(ident)
    assert eventually(lambda: not idents & {one.id for one in cloud.compute.servers()})
    assert eventually(lambda: not idents & set(hypervisors.machines()))
    assert eventually(lambda: not [node.id for node in compute_nodes(cloud).values() if allocations(cloud, node)])
