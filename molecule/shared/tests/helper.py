# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observers that share no code with the collection."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import uuid
from pathlib import Path

# All of it takes seconds, but a minute on a busy machine, and where libvirt uses QEMU for the first time.
PATIENCE_SECONDS = 180


def docker(*arguments):
    """Output of the Docker command line client, an observer that shares no code with the collection."""
    try:
        return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr)
        raise


def inspect(*names):
    return json.loads(docker("inspect", *names))


def ids():
    """Name to id of every container of the engine, running or not."""
    lines = docker("ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)


def log_of(name):
    """What a service's nova-compute has logged: it writes to stderr."""
    command = ["docker", "logs", f"nova-compute-{name}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def computes(cloud):
    """Service host to record of every nova-compute that nova knows."""
    return {record.host: record for record in cloud.compute.services(binary="nova-compute")}


def compute_nodes(cloud):
    """Service host to compute node; by an API that asks no nova-compute, as some of them may be dead."""
    nodes = cloud.compute.hypervisors(details=True, microversion="2.53")
    return {node.service_details["host"]: node for node in nodes}


def identities(cloud, names):
    """Service host to its service id, the uuid of its compute node, and that of its provider in placement."""
    services, nodes = computes(cloud), compute_nodes(cloud)
    providers = {one.name: one.id for one in cloud.placement.resource_providers()}
    return {name: (services[name].id, nodes[name].id, providers[nodes[name].name]) for name in names}


def eventually(condition, seconds=PATIENCE_SECONDS):
    """Wait until a condition holds; False when it does not within the seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def another_heartbeat(cloud, host):
    """Whether a nova-compute says that it is up after this was asked; False when it does not."""
    before = computes(cloud)[host].updated_at

    def heard():
        record = computes(cloud)[host]
        return record.updated_at != before and record.state == "up"

    return eventually(heard)


@contextlib.contextmanager
def uploaded(cloud, path, content, container_format="bare", **properties):
    """An image in glance of a file that is written to path; deleted in the end."""
    path.write_bytes(content)
    made = cloud.create_image("boot", filename=str(path), container_format=container_format, wait=True, **properties)
    try:
        yield made
    finally:
        cloud.delete_image(made.id, wait=True)


def started(cloud, instance, seconds=PATIENCE_SECONDS):
    """An instance as it is once nova has started it or given it up, or after the seconds."""
    eventually(lambda: cloud.compute.get_server(instance.id).status in ("ACTIVE", "ERROR"), seconds)
    return cloud.compute.get_server(instance.id)


@contextlib.contextmanager
def created(cloud, image, hosts):
    """Instances that are created at once through nova's API, one on each service that is named; deleted in the end."""
    # Flavors have unique names in nova, and one test may boot instances while those of its module are still there.
    flavor = cloud.create_flavor(f"boot-{uuid.uuid4()}", ram=64, vcpus=1, disk=1)
    how = dict(name="boot", image_id=image.id, flavor_id=flavor.id, networks="none")
    servers = []
    try:
        for host in hosts:
            servers.append(cloud.compute.create_server(**how, host=host))
        yield servers
    finally:
        for server in servers:
            cloud.compute.delete_server(server.id, ignore_missing=True)
        cloud.delete_flavor(flavor.id)


@contextlib.contextmanager
def booted(cloud, image, hosts):
    """Instances that are ACTIVE or in ERROR, in the order of the services that they were created on at once."""
    with created(cloud, image, hosts) as servers:
        yield [started(cloud, server) for server in servers]


@contextlib.contextmanager
def running(cloud, image, hosts):
    """Instances as of booted(), all of which must be ACTIVE."""
    with booted(cloud, image, hosts) as servers:
        states = [server.status for server in servers]
        assert states == ["ACTIVE"] * len(hosts), [log_of(name)[-5000:] for name in hosts]
        yield servers


def settled(cloud, servers, status):
    """Whether each instance comes to a status, and to the end of its task."""

    def done():
        there = [cloud.compute.get_server(server.id) for server in servers]
        return all((one.status, one.task_state) == (status, None) for one in there)

    return eventually(done)


def run_in_service(file, host, *arguments):
    """Run a program of this directory where a service's nova-compute is."""
    command = ["docker", "exec", "--interactive", f"nova-compute-{host}", "/usr/lib/openstack-nova/bin/python", "-"]
    source = Path(__file__).with_name(file).read_text(encoding="utf-8")
    done = subprocess.run([*command, *arguments], input=source, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]


def nova_manage(*arguments):
    """Output of nova-manage, run where nova's API database is."""
    command = ["exec", "sandbox-nova-conductor", "/usr/lib/openstack-nova/bin/nova-manage"]
    return docker(*command, "--config-file", "/etc/sandbox/nova.conf", *arguments)


def nova_instance(*arguments):
    """Run nova_instance.py where nova's own code and database are."""
    command = ["docker", "exec", "--interactive", "sandbox-nova-conductor", "/usr/lib/openstack-nova/bin/python", "-"]
    source = Path(__file__).with_name("nova_instance.py").read_text(encoding="utf-8")
    subprocess.run([*command, *arguments], input=source, check=True, capture_output=True, text=True)
