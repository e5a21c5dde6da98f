# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet bears what happens to it: crashes, mistakes, additions; and it keeps its secrets."""

from __future__ import annotations

import subprocess

import pytest
from helper import another_heartbeat, computes, docker, eventually, identities, ids, inspect

DEPLOY = ("novafleet.compute.deploy", "--tags", "services")


@pytest.fixture(scope="module")
def extra(inventory_dir, services, cloud, play):
    """One more target, in an inventory file of its own; gone again afterwards, from nova too."""
    kind = services[0].rpartition("-")[0]
    name = f"{kind}-{len(services) + 1:03d}"
    path = inventory_dir / "one_more.yml"
    path.write_text(
        f"---\nall: {{children: {{{ {'fake': 'fake', 'cluster': 'vcenter'}[kind] }: {{hosts: {{{name}: {{}}}}}}}}}}\n"
    )
    yield name, str(path)
    path.unlink()
    play(*DEPLOY)
    for record in [record for host, record in computes(cloud).items() if host == name]:
        cloud.compute.delete_service(record)


def test_a_killed_nova_compute_comes_back(cloud, services):
    name = services[0]
    before = inspect(f"nova-compute-{name}")[0]["State"]["StartedAt"]
    # As nova: root has no capability there, so it may not signal the processes of others.
    docker("exec", "--user", "nova", f"nova-compute-{name}", "sh", "-c", "kill -9 $(pgrep -o nova-compute)")
    assert eventually(lambda: inspect(f"nova-compute-{name}")[0]["State"]["StartedAt"] != before)
    assert another_heartbeat(cloud, name)


def test_one_more_target_is_one_more_container(cloud, services, extra, play, secrets):
    name, path = extra
    before = ids()
    done = play("--inventory", path, *DEPLOY, "-vvv")
    after = ids()
    assert set(after) - set(before) == {f"nova-compute-{name}"}
    assert {one: after[one] for one in before} == before
    assert {host: computes(cloud)[host].state for host in [*services, name]} == dict.fromkeys([*services, name], "up")
    assert "Using module file" in done.stdout
    assert not [secret for secret in secrets if secret in done.stdout]


def test_no_password_is_in_docker_inspect(secrets):
    text = docker("inspect", *ids().values())
    assert "nova-compute" in text
    assert not [secret for secret in secrets if secret in text]


def test_no_password_is_in_the_process_list(secrets):
    text = subprocess.run(["ps", "-eww", "-o", "args"], check=True, capture_output=True, text=True).stdout
    assert "nova-compute" in text
    assert not [secret for secret in secrets if secret in text]


@pytest.mark.once
def test_check_mode_changes_nothing_and_says_what_it_would(services, play):
    before = ids()
    change = '{"services_nova_conf": {"DEFAULT": {"debug": true}}}'
    done = play(*DEPLOY, "--check", "--diff", "--extra-vars", change)
    assert "+debug = true" in done.stdout
    assert f"restart {services[0]}: nova.conf changed" in done.stdout
    assert ids() == before
    assert "debug" not in docker("exec", f"nova-compute-{services[0]}", "cat", "/etc/nova/nova.conf")


@pytest.mark.once
def test_diff_masks_secrets(play, secrets):
    done = play(
        *DEPLOY, "--check", "--diff", "--extra-vars", '{"services_nova_conf": {"placement": {"password": "new"}}}'
    )
    assert "-password = ********" in done.stdout
    assert "+password = ******** (new)" in done.stdout
    assert not [secret for secret in secrets if secret in done.stdout]


def test_all_mistakes_are_reported_at_once_and_nothing_is_touched(inventory_dir, services, play):
    before = ids()
    path = inventory_dir / "mistakes.yml"
    path.write_text(
        "---\n"
        "all:\n"
        "  children:\n"
        "    vcenter:\n"
        "      vars:\n"
        "        services_vcenter_account: {host_ip: vc, host_username: u, host_password: NEVERSHOWN, ca_fil: x}\n"
        "      hosts:\n"
        "        wrong-1: {services_vcenter_cluster: {cluster_name: one, host_port: many}}\n"
        f"        wrong-2: {{services_vcenter_cluster: {{cluster_name: one}}, services_host: {services[0]}}}\n"
        "        wrong-3: {services_docker_host: nowhere, services_trasport_url: x}\n"
        "        wrong-4: {services_vcenter_cluster: {cluster_name: '{{ undefined_name }}'}}\n"
    )
    bus = "services_transport_url=rabbit://u:NEVERSHOWN@127.0.0.1:9/"
    done = play(
        "--inventory", str(path), *DEPLOY, "--extra-vars", bus, "--extra-vars", "services_image=none:1", check=False
    )
    path.unlink()
    assert done.returncode != 0
    for words in (
        "wrong-1: services_vcenter.ca_fil: is not an option of this driver. Did you mean ca_file?",
        "wrong-1: services_vcenter.host_port: is not of type int.",
        f"services_host: the service host {services[0]}",
        "wrong-3: services_trasport_url: is not a variable of this role. Did you mean services_transport_url?",
        "wrong-3: services_docker_host: nowhere is not in the group nova_compute_hosts.",
        "wrong-4: services_vcenter_cluster: cannot be resolved",
        "services_transport_url: 127.0.0.1 port 9 does not answer",
    ):
        assert words in done.stdout, words
    assert "NEVERSHOWN" not in done.stdout
    assert ids() == before


@pytest.mark.once
def test_missing_image_is_reported_before_anything_is_touched(play):
    before = ids()
    done = play(*DEPLOY, "--extra-vars", "services_image=none:1", check=False)
    assert done.returncode != 0
    assert "image none:1" in done.stdout and "is not on this Docker host" in done.stdout
    assert ids() == before


@pytest.mark.once
def test_a_container_of_somebody_else_is_never_touched(extra, play):
    name, path = extra
    play(*DEPLOY)
    docker("create", "--name", f"nova-compute-{name}", "novafleet/nova-compute:34.0.0", "true")
    try:
        before = ids()
        done = play("--inventory", path, *DEPLOY, check=False)
        assert done.returncode != 0
        assert f"the name nova-compute-{name} is taken by a container that is not this service's" in done.stdout
        assert ids() == before
    finally:
        docker("rm", f"nova-compute-{name}")


def test_deleted_containers_and_files_come_back_with_the_same_identity(cloud, services, play):
    before = identities(cloud, services)
    docker("rm", "--force", *(f"nova-compute-{name}" for name in services))
    subprocess.run(["rm", "-r", *(f"/etc/novafleet/{name}" for name in services)], check=True)
    play(*DEPLOY)
    assert identities(cloud, services) == before
    assert {computes(cloud)[name].state for name in services} == {"up"}


@pytest.mark.once
def test_a_nova_compute_of_other_origin_is_noticed_and_waited_for(cloud, services, play):
    """The same service host, run by other means: a second one beside it would corrupt both."""
    name = services[-1]
    state = inspect(f"nova-compute-{name}")[0]
    mounts = [f"{mount['Source']}:{mount['Destination']}:ro" for mount in state["Mounts"] if mount["Type"] == "bind"]
    binds = [word for mount in mounts for word in ("--volume", mount)]
    docker("stop", f"nova-compute-{name}")
    docker("run", "--detach", "--name", "somebody-elses", "--network", "host", *binds,
           "--tmpfs", "/var/lib/nova:uid=162,gid=162", state["Config"]["Image"])  # fmt: skip
    try:
        assert another_heartbeat(cloud, name)
        assert f"{name}: waits for its lease" in " ".join(play(*DEPLOY).stdout.split())
        assert "nova-standby" in docker("top", f"nova-compute-{name}", "-o", "pid,comm")
    finally:
        docker("rm", "--force", "somebody-elses")
    assert eventually(lambda: "nova-compute\n" in docker("top", f"nova-compute-{name}", "-o", "pid,comm"), 15)
    assert another_heartbeat(cloud, name)
