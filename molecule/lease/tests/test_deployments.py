# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments over two Docker hosts: changes, upgrades, two at once, a dead Docker host that comes back, moves."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time

import pytest
from helper import computes, identities
from site_of_leases import ACTIVE, IMAGE, PREFIX, STANDBY, part_of, wait_until

BROKEN = "novafleet/nova-compute:test-broken"
# nova's own program is there, and what it imports is not.
BREAK = "rm /usr/lib/openstack-nova/lib/python3*/site-packages/nova/conductor/rpcapi.py"


def started(host, service):
    return json.loads(host.container(service, "inspect"))[0]["State"]["StartedAt"]


def containers(site):
    """Docker host -> service -> id of its container."""
    return {
        name: {service: json.loads(host.container(service, "inspect"))[0]["Id"] for service in host.services()}
        for name, host in site.hosts.items()
        if host.engine.answers()
    }


def places(site, services):
    """Service -> Docker hosts that have a container of it."""
    return {one: [name for name, host in site.hosts.items() if one in host.services()] for one in services}


def begun(command, log):
    """A process that writes its output to a file."""
    with log.open("wb") as stream:
        return subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)


@pytest.fixture(scope="module", autouse=True)
def _as_before(site, services):
    yield
    site.describe(services)
    site.deploy()


def test_a_change_rolls_through_all_standbys_before_any_active_one(site, watch, cloud, services, settled):
    before = identities(cloud, services)
    site.describe(
        services, services_nova_conf={"compute": {"max_concurrent_disk_ops": 2}}, services_max_unavailable="1"
    )
    site.deploy()
    standbys = [started(standby, service) for service, (_active, standby) in settled.items()]
    actives = [started(active, service) for service, (active, _standby) in settled.items()]
    assert max(standbys) < min(actives)
    assert identities(cloud, services) == before
    assert {computes(cloud)[service].state for service in services} == {"up"}
    for service in services:
        site.settled(service)


def test_an_image_that_cannot_run_never_takes_over(site, watch, services, settled):
    before = {service: containers(site)[active.name][service] for service, (active, _standby) in settled.items()}
    for host in site.hosts.values():
        with contextlib.suppress(subprocess.CalledProcessError):
            host.docker("rm", "--force", "break")
        host.docker(
            "run", "--name", "break", "--network", "none", "--user", "0", "--entrypoint", "sh", IMAGE, "-c", BREAK
        )
        host.docker("commit", "--change", "USER 162:162", "break", BROKEN)
        host.docker("rm", "break")
    done = site.play("upgrade", "--extra-vars", f"services_image={BROKEN}", check=False)
    assert done.returncode != 0
    assert "nova-compute of this image cannot run here" in done.stdout
    assert {
        service: containers(site)[active.name][service] for service, (active, _standby) in settled.items()
    } == before
    assert {service: part_of(active, service) for service, (active, _standby) in settled.items()} == dict.fromkeys(
        services, ACTIVE
    )
    site.deploy()
    for service in services:
        site.settled(service)


def test_without_standbys_those_that_wait_are_removed(site, watch, services, settled):
    site.describe(services, services_standby=0)
    site.deploy()
    assert places(site, services) == {service: [active.name] for service, (active, _standby) in settled.items()}


def test_two_deployments_at_once_end_with_one_active_container_each(site, watch, services, tmp_path):
    names = [*services, "leased-004", "leased-005"]
    site.describe(names, services_standby=0)
    logs = [tmp_path / name for name in ("first", "second")]
    runs = [begun(site.command("deploy", "--tags", "services"), log) for log in logs]
    # One of the engines is slow, so that the runs find different things.
    engine = site.hosts["docker2"].engine
    time.sleep(2)
    engine.freeze()
    time.sleep(5)
    engine.thaw()
    for run, log in zip(runs, logs):
        assert run.wait() == 0, log.read_text(encoding="utf-8")[-5000:]
    for name in names:
        assert list(site.parts(name).values()).count(ACTIVE) == 1
    site.deploy()
    assert {len(hosts) for hosts in places(site, names).values()} == {1}


def test_a_dead_docker_host_is_named_and_its_services_start_elsewhere(site, watch, cloud, services):
    names = [*services, "leased-004", "leased-005"]
    before, lost, running = identities(cloud, names), site.hosts["docker2"].services(), containers(site)["docker1"]
    assert lost
    site.hosts["docker2"].engine.crash()
    site.hosts["docker2"].reachable = False
    site.describe(names, services_standby=0)
    done = site.deploy()
    assert "docker2: " in done.stdout and ", ".join(lost) in done.stdout
    assert containers(site)["docker1"] == running
    site.deploy("--extra-vars", '{"services_dead_docker_hosts": ["docker2"]}')
    assert {name: part_of(site.hosts["docker1"], name) for name in names} == dict.fromkeys(names, ACTIVE)
    assert identities(cloud, names) == before


def test_a_docker_host_that_comes_back_waits_and_is_cleared(site, watch, cloud, services):
    names, returned = [*services, "leased-004", "leased-005"], site.hosts["docker2"]
    returned.engine.start()
    lost = returned.services()
    assert wait_until(lambda: {part_of(returned, name) for name in lost} == {STANDBY}, 60) is not None
    returned.reachable = True
    site.describe(names, services_standby=0)
    site.deploy()
    assert returned.services() == []
    assert {computes(cloud)[name].state for name in names} == {"up"}


def test_a_moved_service_is_succeeded_before_it_goes(site, watch, cloud, services):
    names = [*services, "leased-004", "leased-005"]
    before = identities(cloud, names)
    site.describe(names, services_standby=0, services_move="balanced")
    done = site.deploy("--check")
    assert done.stdout.count(' docker2"') == 2
    site.deploy()
    assert sorted(len(host.services()) for host in site.hosts.values()) == [2, 3]
    assert identities(cloud, names) == before
    for name in names:
        assert list(site.parts(name).values()) == [ACTIVE]


def test_retired_services_leave_no_container_on_any_docker_host(site, watch, cloud, services):
    site.describe([*services, "leased-004", "leased-005"])
    site.deploy()
    site.settled("leased-004")
    site.describe(services)
    names = ["leased-004", "leased-005"]
    site.play("retire", "--extra-vars", json.dumps({"services_retire": names, "services_heartbeat_watch": 3}))
    assert not any(places(site, names).values())
    assert not set(names) & set(computes(cloud))
    assert PREFIX + "leased-004" not in site.hosts["docker1"].docker("ps", "--all")
