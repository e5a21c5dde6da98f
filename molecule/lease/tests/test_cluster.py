# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A RabbitMQ of three nodes: the one that has the leases is killed, stopped in order, frozen."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from helper import docker
from lease_watch import LeaseWatch
from private_rabbitmq import PrivateRabbitMQ
from site_of_leases import ACTIVE, IMAGE, wait_until

SERVICE = "leased-cluster"
CONDUCTOR = "leased-conductor"
CONTAINERS = ("leased-cluster-a", "leased-cluster-b")
SANDBOX_IMAGE = "novafleet/sandbox:34.0.0"
ENTRYPOINT = 'exec $(sed -n "1s/^#! *//p" "$(command -v nova-compute)") /etc/nova/lease.py "$(command -v nova-compute)"'
# Long, as the machine may be busy. Where a node stops answering, its peers consider it dead after net_ticktime, 60 s,
# and a quarter more. nova then connects to a node by chance, and a frozen one costs it 6 s a time.
CONSUMING_SECONDS = {"kill": 90, "stop": 90, "freeze": 180}


@pytest.fixture(scope="module")
def broker():
    with PrivateRabbitMQ(nodes=3, config="cluster_partition_handling = pause_minority") as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def conf(site, broker, tmp_path_factory):
    """A service's files, with the cluster as its bus; on this machine's own engine and network."""
    directory = tmp_path_factory.mktemp("cluster")
    source = next(Path("/etc/novafleet-leased").glob("*/leased-001"))
    shutil.copytree(source, directory, dirs_exist_ok=True)
    text = (directory / "nova.conf").read_text(encoding="utf-8")
    text = re.sub("^host = .*$", f"host = {SERVICE}", text, flags=re.MULTILINE)
    text = re.sub("^transport_url = .*$", f"transport_url = {broker.url}", text, flags=re.MULTILINE)
    (directory / "nova.conf").write_text(text, encoding="utf-8")
    (directory / "compute_id").write_text(f"{uuid.uuid4()}\n", encoding="utf-8")
    for path in (directory, *directory.iterdir()):
        shutil.chown(path, 162, 162)
    return directory


@pytest.fixture(scope="module")
def conductor(broker, cloud, tmp_path_factory):
    """nova-conductor for the cluster: nova-compute does nothing without one."""
    directory = tmp_path_factory.mktemp("conductor")
    text = Path("/var/lib/novafleet/sandbox/etc/nova-conductor/nova.conf").read_text(encoding="utf-8")
    text = re.sub("^host = .*$", f"host = {CONDUCTOR}", text, flags=re.MULTILINE)
    text = re.sub("^transport_url = .*$", f"transport_url = {broker.url}", text, flags=re.MULTILINE)
    (directory / "nova.conf").write_text(text, encoding="utf-8")
    for path in (directory, *directory.iterdir()):
        shutil.chown(path, 162, 162)
    program = "/usr/lib/openstack-nova/bin/nova-conductor"
    options = ("--network", "host", "--user", "162:162", "--volume", f"{directory}:/etc/nova:ro", "--tmpfs", "/tmp")
    command = ("--entrypoint", program, SANDBOX_IMAGE, "--config-file", "/etc/nova/nova.conf")
    docker("run", "--detach", "--name", CONDUCTOR, *options, *command)
    yield CONDUCTOR
    docker("rm", "--force", CONDUCTOR)
    for record in cloud.compute.services():
        if record.host in (SERVICE, CONDUCTOR):
            cloud.compute.delete_service(record)


@pytest.fixture(scope="module")
def fleet(conductor, conf):
    """Two containers of one service."""
    places = ("--volume", f"{conf}:/etc/nova:ro", "--tmpfs", "/tmp", "--tmpfs", "/var/lib/nova:uid=162,gid=162")
    options = ("--network", "host", "--init", "--user", "162:162", "--read-only", "--restart", "unless-stopped")
    for name in CONTAINERS:
        command = ("--entrypoint", "/bin/sh", IMAGE, "-c", ENTRYPOINT)
        docker("run", "--detach", "--name", name, *options, *places, *command)
    yield CONTAINERS
    for name in CONTAINERS:
        docker("rm", "--force", name)


def restarts():
    return [docker("inspect", "--format", "{{.RestartCount}} {{.State.Pid}}", name) for name in CONTAINERS]


def parts():
    """Names of the processes of the two containers."""
    found = []
    for name in CONTAINERS:
        pid = int(docker("inspect", "--format", "{{.State.Pid}}", name))
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        found.append(Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip())
    return found


def queues(broker):
    """Name of each queue -> the node that has it, and the connection that owns it."""
    rows = (
        line.split("\t") for line in broker.alive_node().ctl("list_queues", "name", "pid", "owner_pid").splitlines()
    )
    # A queue lives where the connection that declared it is.
    nodes = {node.name: node for node in broker.nodes}
    return {row[0]: (nodes[re.sub(r"<(.+@[^.]+)\..*", r"\1", row[1])], row[2]) for row in rows if "<" in row[1]}


def gathered(broker):
    """The node that has the lease and nova's own consumer, once it has both."""
    lease = f"novafleet.lease.{SERVICE}"
    for _node in broker.nodes:
        assert wait_until(lambda: lease in queues(broker), 30) is not None
        found = queues(broker)
        (node, owner), (requests, _nobody) = found[lease], found[f"compute.{SERVICE}"]
        if node is requests:
            return node
        # It goes on to the next node.
        broker.alive_node().close_connection(owner)
    raise AssertionError("the lease does not follow nova's consumer")


@pytest.mark.parametrize("harm", CONSUMING_SECONDS)
def test_the_service_goes_on_through_another_node_and_nothing_is_restarted(broker, fleet, harm):
    watch = LeaseWatch(broker.url, [SERVICE])
    assert wait_until(lambda: watch.consumers[SERVICE] == 1 and parts().count(ACTIVE) == 1, 60) is not None, parts()
    before, node, begin = restarts(), gathered(broker), time.time()
    try:
        getattr(node, harm)()
        # The lines tell, as a gap may be too short for the watch to see.
        assert wait_until(lambda: says(fleet, "lost the lease", begin), 60) is not None
        assert wait_until(lambda: says(fleet, "holds novafleet.lease", begin), CONSUMING_SECONDS[harm]) is not None
        took = wait_until(lambda: watch.consumers[SERVICE] == 1 and parts().count(ACTIVE) == 1, CONSUMING_SECONDS[harm])
        print(
            f"{harm} at {time.strftime('%T', time.gmtime(begin))}: consuming again {time.time() - begin:.1f} s after it"
        )
        print("\n".join(line for name in fleet for line in log(name, begin).splitlines() if "novafleet.lease" in line))
        assert took is not None, "".join(log(name, begin) for name in fleet)[-5000:]
        assert restarts() == before
    finally:
        watch.stop()
        node.kill()
        node.start()
    assert watch.violations == []


def says(names, text, since):
    """Whether the log of one of the containers has a text."""
    return any(text in log(name, since) for name in names)


def log(name, since):
    command = ["docker", "logs", "--since", f"{since:.3f}", name]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
