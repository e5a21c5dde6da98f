# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three services of one Ironic, each with the nodes of its own shard, which has the name of the service."""

from __future__ import annotations

import json

import openstack
import pytest
from helper import another_heartbeat, computes, docker, eventually, ids, log_of, started, uploaded

NODES = 2
RESOURCE = "CUSTOM_BAREMETAL"
# An instance takes a whole node and nothing else.
SPECS = {f"resources:{RESOURCE}": "1", "resources:VCPU": "0", "resources:MEMORY_MB": "0", "resources:DISK_GB": "0"}


@pytest.fixture(scope="module")
def metal(inventory_dir):
    """Ironic's API, as its administrator sees it."""
    path = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))["clouds_file"]
    config = openstack.config.OpenStackConfig(config_files=[path])
    return openstack.connection.Connection(config=config.get_one("sandbox-system")).baremetal


@pytest.fixture(scope="module")
def shards(metal, services):
    """Shard to the uuids of its nodes, from Ironic itself."""
    found = {name: set() for name in services}
    for node in metal.nodes(details=True):
        found[node.shard].add(node.id)
    return found


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "disk.raw"
    with uploaded(cloud, path, b"\0" * 1024, disk_format="raw") as made:
        yield made


@pytest.fixture(scope="module")
def flavor(cloud):
    made = cloud.create_flavor("metal", ram=64, vcpus=1, disk=1)
    cloud.compute.create_flavor_extra_specs(made.id, SPECS)
    yield made
    cloud.delete_flavor(made.id)


def nodes_of_services(cloud):
    """Service host to the names of its compute nodes, each of which is the node's uuid."""
    found = {}
    for node in cloud.compute.hypervisors(details=True, microversion="2.53"):
        assert node.id == node.name
        found.setdefault(node.service_details["host"], set()).add(node.name)
    return found


def inventories(cloud, node):
    return cloud.placement.get(f"/resource_providers/{node}/inventories").json()["inventories"]


def free(cloud, node):
    """Whether placement offers a node, which nothing uses and nova does not hold back."""
    used = cloud.placement.get(f"/resource_providers/{node}/usages").json()["usages"]
    return not any(used.values()) and not inventories(cloud, node)[RESOURCE]["reserved"]


def test_every_service_has_the_nodes_of_its_own_shard(cloud, shards):
    assert [len(nodes) for nodes in shards.values()] == [NODES] * 3
    assert nodes_of_services(cloud) == shards


def test_every_node_is_one_resource(cloud, shards):
    for nodes in shards.values():
        for node in nodes:
            assert {name: one["total"] for name, one in inventories(cloud, node).items()} == {RESOURCE: 1}


def test_a_service_has_no_compute_node_of_its_own(containers):
    for name, container in containers.items():
        assert not container.file("/etc/nova/compute_id").exists
        lines = container.file("/etc/nova/nova.conf").content_string.splitlines()
        assert f"shard = {name}" in lines and not [line for line in lines if line.startswith("peer_list")]


@pytest.fixture(scope="module")
def servers(cloud, image, flavor, services):
    """Two instances on the first service, which are all its nodes, and one on the second."""
    how = dict(name="metal", image_id=image.id, flavor_id=flavor.id, networks="none")
    made = [cloud.compute.create_server(**how, host=host) for host in (services[0], services[0], services[1])]
    yield [started(cloud, server) for server in made]
    for server in made:
        cloud.compute.delete_server(server.id, ignore_missing=True)


def test_instances_are_on_nodes_of_the_shard_that_was_asked_for(servers, shards, metal, services):
    assert [server.status for server in servers] == ["ACTIVE"] * 3, [log_of(name)[-5000:] for name in services[:2]]
    assert {server.hypervisor_hostname for server in servers[:2]} == shards[services[0]]
    assert servers[2].hypervisor_hostname in shards[services[1]]
    for server in servers:
        node = metal.get_node(server.hypervisor_hostname)
        assert (node.instance_id, node.provision_state) == (server.id, "active")


def test_no_instance_is_booted_on_another_shard_if_one_is_full(cloud, servers, image, flavor, services):
    how = dict(name="metal", image_id=image.id, flavor_id=flavor.id, networks="none")
    server = started(cloud, cloud.compute.create_server(**how, host=services[0]))
    cloud.compute.delete_server(server.id)
    assert (server.status, server.compute_host) == ("ERROR", None)
    assert "No valid host" in server.fault["message"]


def test_nodes_and_their_instances_stay_with_a_service_that_was_killed(cloud, servers, shards, services):
    before = computes(cloud)[services[0]].id
    docker("kill", f"nova-compute-{services[0]}")
    docker("start", f"nova-compute-{services[0]}")
    assert another_heartbeat(cloud, services[0])
    assert computes(cloud)[services[0]].id == before
    assert nodes_of_services(cloud) == shards
    assert {cloud.compute.get_server(server.id).status for server in servers} == {"ACTIVE"}


def test_a_service_with_instances_is_not_retired(play, servers, services):
    done = retire(play, services[1], check=False)
    assert done.returncode != 0
    assert f"{services[1]}: instance metal ({servers[2].id}) is on it: move or delete it." in unwrapped(done)


def test_nodes_of_deleted_instances_are_free_again(cloud, servers, metal):
    for server in servers:
        cloud.compute.delete_server(server.id)
    used = [server.hypervisor_hostname for server in servers]
    assert eventually(lambda: {metal.get_node(node).provision_state for node in used} == {"available"})
    assert eventually(lambda: all(free(cloud, node) for node in used))


def deploy(play, inventory_dir, hosts, **variables):
    """Deploy with more targets; the inventory has them for as long as that takes."""
    path = inventory_dir / "more.yml"
    path.write_text(json.dumps({"all": {"children": {"ironic": {"hosts": hosts}}}}), encoding="utf-8")
    arguments = ("--inventory", str(path), "novafleet.compute.deploy", "--tags", "services")
    try:
        return play(*arguments, "--extra-vars", json.dumps(variables), check=False)
    finally:
        path.unlink()


def unwrapped(done):
    return " ".join(done.stdout.split())


REFUSED = {
    "a shard that has a service": (
        {"ironic-004": {"services_ironic_part": {"shard": "ironic-002"}}},
        "would manage the same hypervisors as ironic-002: both have the shard ironic-002.",
    ),
    "no shard": (
        {"ironic-004": {"services_ironic_part": {}}},
        "a service without shard and conductor_group manages all nodes of its Ironic.",
    ),
    "a shard without nodes": (
        {"ironic-004": {}},
        "Ironic has no node in the shard 'ironic-004' that the account sees.",
    ),
    "a wrong password": (
        {"ironic-004": {"services_ironic_wrong": {"password": "wrong-horse"}}},
        "Keystone refuses the user 'nova' with this password",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_before_anything_is_changed(play, inventory_dir, services, name):
    hosts, problem = REFUSED[name]
    before = ids()
    done = deploy(play, inventory_dir, hosts)
    assert done.returncode != 0
    assert problem in unwrapped(done), done.stdout[-5000:]
    assert "wrong-horse" not in done.stdout
    assert ids() == before


def retire(play, service, **options):
    return play("novafleet.compute.retire", "--extra-vars", json.dumps(dict(services_retire=[service])), **options)


def test_a_retired_service_leaves_its_nodes_to_its_successor(play, inventory_dir, cloud, services, shards):
    retired = services[-1]
    retire(play, retired)
    assert retired not in computes(cloud)
    assert f"nova-compute-{retired}" not in ids()
    providers = {one.id for one in cloud.placement.resource_providers()}
    assert not providers & shards[retired]
    # The inventory still has it, so the next deployment makes it again.
    done = deploy(play, inventory_dir, {})
    assert done.returncode == 0, done.stdout[-5000:]
    assert nodes_of_services(cloud) == shards
