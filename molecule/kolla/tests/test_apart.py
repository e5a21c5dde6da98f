# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet on kolla-ansible's nova.conf, with its queue manager, next to kolla-ansible's own nova-compute."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path

import pytest
from helper import compute_nodes, computes, docker, inspect, nova_instance

CALLS = 300


@pytest.fixture
def instances(cloud, services, kolla_host):
    """Service host -> uuid of an instance that nova has noted there."""
    made = {host: str(uuid.uuid4()) for host in [*services, kolla_host]}
    nova_instance(*[word for host, ident in made.items() for word in ("create", ident, f"on-{host}", host, "and")])
    yield made
    nova_instance(*[word for ident in made.values() for word in ("delete", ident, "and")])


def calls_to(uuids):
    source = Path(__file__).with_name("rpc_calls.py").read_text(encoding="utf-8")
    command = ["docker", "exec", "--interactive", "sandbox-nova-conductor", "/usr/lib/openstack-nova/bin/python", "-"]
    done = subprocess.run(
        [*command, str(CALLS), *uuids], input=source, check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def reply_queues():
    command = ["exec", "sandbox-rabbitmq", "/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", "list_queues", "name"]
    return [name for name in docker(*command).split() if name.startswith("reply_")]


def test_all_are_up_and_have_compute_nodes(cloud, services, kolla_host):
    expected = [*services, kolla_host]
    assert {host: one.state for host, one in computes(cloud).items()} == dict.fromkeys(expected, "up")
    assert sorted(compute_nodes(cloud)) == sorted(expected)


def test_the_base_file_is_the_base_and_nothing_of_its_machine_is_left(services, containers):
    for service in services:
        text = containers[service].file("/etc/nova/nova.conf").content_string
        assert "use_queue_manager = true" in text
        assert f"hostname = {service}\n" in text
        # Of kolla-ansible alone.
        assert "instance_usage_audit_period = hour" in text and "username = placement" in text
        assert "my_ip" not in text and "/var/log/kolla" not in text


def test_kollas_nova_compute_runs_as_kollas(kolla_host):
    """What the other tests rely on."""
    details = inspect("nova_compute")[0]
    assert details["Config"]["Labels"]["kolla_version"]
    assert details["HostConfig"]["NetworkMode"] == details["HostConfig"]["IpcMode"] == "host"
    assert "42436" in docker("top", "nova_compute", "-o", "pid,uid,comm")
    assert [name for name in reply_queues() if name.startswith(f"reply_{kolla_host}:nova-compute:")]


def test_all_get_their_own_answers_under_load(instances, services, kolla_host):
    made = calls_to(instances.values())
    print(f"{len(instances)} services, {CALLS} calls to each, {made['seconds']:.1f} s: {made['services']}")
    assert made["services"] == {host: {"answered": CALLS} for host in [*services, kolla_host]}
    owners = {name.removeprefix("reply_").split(":")[0] for name in reply_queues() if ":nova-compute:" in name}
    # Services of earlier tests may have left some, which RabbitMQ keeps for half an hour.
    assert {*services, kolla_host} <= owners


def test_nothing_of_kollas_has_changed(changes):
    assert changes() == []
