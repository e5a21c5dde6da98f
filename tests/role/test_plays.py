# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits, tags and orders of hosts: those that work, and messages for those that cannot work."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """Two Docker hosts with a fleet, which no test changes."""
    site = make_shared_site(docker_hosts=("d1", "d2"), targets=("t1", "t2"))
    site.deploy()
    return site


@pytest.mark.parametrize("playbook", ["deploy", "status"])
def test_a_limit_without_a_docker_host_is_refused(shared, playbook):
    shared.run(playbook, "--limit", "t1").assert_refused("t1: --limit: no host of nova_compute_hosts is in this run")


@pytest.mark.parametrize("playbook", ["deploy", "status", "retire"])
def test_an_inventory_without_docker_hosts_is_refused(make_site, playbook):
    """Ansible skips a play without hosts, and reports success."""
    site = make_site(docker_hosts=())
    run = site.run(playbook, services_retire=["t1"])
    run.assert_refused("inventory: nova_compute_hosts: the group is missing or empty. Put the Docker hosts into it")


def test_docker_hosts_in_turns_are_refused(shared):
    shared.run(shared.play("deploy", serial=1)).assert_refused("d1: serial: ")


def test_hosts_at_their_own_pace_are_refused(shared):
    shared.run(shared.play("deploy", strategy="free")).assert_refused("strategy: .*free.* linear")


@pytest.mark.parametrize("tag", ["preflight", "verify"])
def test_a_part_that_needs_another_says_so(shared, tag):
    shared.run("deploy", "--tags", tag).assert_refused(f"--tags: {tag} alone")


@pytest.mark.parametrize("tag", ["targets", "configure"])
def test_a_part_that_all_others_need_cannot_be_left_out(shared, tag):
    shared.run("deploy", "--skip-tags", tag).assert_refused(f"--skip-tags: a run without {tag} does not read")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tags", "services"),
        ("--tags", "configure"),
        ("--tags", "targets"),
        ("--skip-tags", "preflight"),
        ("--skip-tags", "verify"),
        ("--skip-tags", "preflight,verify"),
    ],
    ids=" ".join,
)
def test_documented_tags_work(shared, arguments):
    shared.targets["t1"]["services_nova_conf"] = dict(DEFAULT=dict(my_block_storage_ip="192.0.2.1"))
    run = shared.run("deploy", *arguments, "--check")
    del shared.targets["t1"]["services_nova_conf"]
    assert not run.failed, run.text


def test_a_dry_run_that_takes_the_quick_start_down_asks_the_engine(shared):
    vars_of_play = dict(docker_host_socket=str(shared.engine().socket))
    play = dict(shared.play("quickstart_down")[0], vars=vars_of_play)
    run = shared.run([play], "--check")
    assert not run.failed, run.text
    assert run.results("Skip tasks that need an engine")["d1"]["add_group"] == "quickstart_with_engine"
