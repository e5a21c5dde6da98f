# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs for some targets only (services_only): the others stay as they are, whether or not their variables changed."""

from __future__ import annotations

import pytest
from containers import NEXT_IMAGE

DEBUG = dict(services_nova_conf=dict(DEFAULT=dict(debug=True)))


def changed(site, host="d1", since=0):
    """Services of what was done to containers of a Docker host, each once."""
    return sorted(
        {name.removeprefix("nova-compute-").partition(".")[0] for _what, name in site.engine(host).changes[since:]}
    )


def test_only_the_named_target_is_deployed(site):
    run = site.deploy(services_only="t2")
    assert site.places() == {"t2": "d1"}
    assert sorted(path.name for path in site.config().iterdir()) == ["t2"]
    assert run.results("Report what to know of this deployment")["d1"]["msg"] == [
        "services_only: this run is for t2. Other targets that are left alone: 2."
    ]


def test_a_canary_upgrades_what_names_and_patterns_match(deployed):
    before, only = len(deployed.engine().changes), "t1, t[3]"
    run = deployed.run("upgrade", services_image=NEXT_IMAGE, services_only=only)
    assert not run.failed, run.text
    assert changed(deployed, since=before) == ["t1", "t3"]
    assert deployed.engine().of("t2").config["Image"] != NEXT_IMAGE == deployed.engine().of("t1").config["Image"]
    status = deployed.run("status", services_image=NEXT_IMAGE, services_only=["t1", "t3"])
    text = status.results("Show a row for each service, and each disagreement with its fix")["d1"]["msg"]
    assert [line.split()[0] for line in text[1:]] == ["t1", "t3", "2"]
    assert text[-1] == "2 services, 0 disagreements"


def test_check_mode_and_diff_show_the_named_target_only(deployed):
    deployed.vars.update(DEBUG)
    before = list(deployed.engine().changes)
    run = deployed.deploy("--check", "--diff", services_only="t1")
    diffs = run.results("Apply the plan to the Docker host")["d1"]["diff"]
    files, actions = diffs
    assert files["after_header"] == str(deployed.config() / "t1" / "nova.conf")
    assert actions["after"] == "restart t1: nova.conf changed\n"
    assert deployed.engine().changes == before


def test_mistakes_of_other_targets_stand_in_the_way_of_nothing(site):
    site.targets["t1"] = dict(services_nova_conf=dict(DEFAULT="nonsense"))
    site.targets["t3"] = dict(services_host="{{ undefined_here }}")
    assert site.run().failed
    site.deploy(services_only="t2")
    assert site.places() == {"t2": "d1"}


def test_what_another_target_has_already_is_refused(site):
    """This holds for each of the two."""
    site.targets["t3"] = dict(services_host="t1")
    for name in ("t1", "t3"):
        site.run(services_only=name).assert_refused(f"{name}: services_host: the service host t1 is that of")
    site.deploy(services_only="t2")


def test_others_are_not_removed_and_not_called_orphans(deployed):
    del deployed.targets["t3"]
    run = deployed.deploy(services_only="t1", services_prune=True)
    assert deployed.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
    assert "no longer in the inventory" not in str(run.results("Report what to know of this deployment"))


def test_others_keep_their_places(deployed_pair):
    first = deployed_pair.places()
    mine, other = (name for name, host in sorted(first.items()) if host == "d1")
    for name in (mine, other):
        deployed_pair.targets[name]["services_docker_host"] = "d2"
    deployed_pair.deploy(services_only=mine, services_move="pinned")
    assert deployed_pair.places() == dict(first, **{mine: "d2"})


def test_room_that_others_take_is_taken(pair):
    pair.deploy(services_only="t[12]", services_capacity=1)
    run = pair.run(services_only="t3", services_capacity=1)
    run.assert_refused("services_capacity: no Docker host has room for t3")
    assert sorted(pair.places()) == ["t1", "t2"]


def test_a_name_without_a_target_is_refused(site):
    site.run(services_only="t9,t1,cluster-0*,").assert_refused(
        r"(?m)^t9: services_only: matches no target of the inventory\. Write names of targets",
        r"(?m)^cluster-0\*: services_only: matches no target of the inventory\. Write names of targets",
        r"(?m)^all targets: services_only: has an empty name\. Name targets, or leave the variable out",
    )
    assert not site.engine().services()


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """Two Docker hosts with a fleet, which no test changes."""
    site = make_shared_site(docker_hosts=("d1", "d2"), targets=("t1", "t2"))
    site.deploy()
    return site


@pytest.mark.parametrize("playbook", ["remove", "retire"])
def test_it_limits_nothing_that_is_taken_away(shared, playbook):
    run = shared.run(playbook, services_only="t1", services_remove_confirm=shared.fleet, services_retire=["t2"])
    run.assert_refused("services_only: does not limit what is taken away")
    assert sorted(shared.places()) == ["t1", "t2"]


@pytest.mark.parametrize(
    ("playbook", "limit", "named"),
    [("deploy", "t1", "t1"), ("upgrade", "d1,t*", "t1,t2"), ("status", "d1:fake", "t1,t2")],
)
def test_a_limit_to_targets_names_the_variable(shared, playbook, limit, named):
    shared.run(playbook, "--limit", limit).assert_refused(f"replace --limit with -e services_only={named}[.]")


@pytest.mark.parametrize("limit", ["d1", "all:!d2"])
def test_a_limit_to_docker_hosts_works(shared, limit):
    shared.deploy("--limit", limit)
