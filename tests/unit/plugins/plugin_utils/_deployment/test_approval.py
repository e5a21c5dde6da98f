# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import approval

PLAN = dict(
    findings=[], claims=[], unwanted=[], services=[], waves=[], compute_ids_found={},
    preflight=dict(problems=[], checks=[], hypervisors=[]), containers=dict(services=[]), changes=False,
)  # fmt: skip
NOVA = dict(services=[], hypervisors=[], instances=[])
INFO = dict(services=[])


def assigned(**changes):
    known = dict(
        targets=[], findings=[], nova=NOVA, asked=["d1"], problems=[], moves=[], leaving={}, silent=[], left_out=[]
    )
    return dict(known, **changes)


def problems(plan=None, answer=None, **changes):
    answers, plans = dict(d1=INFO if answer is None else answer), dict(d1=PLAN if plan is None else plan)
    return approval.problems(assigned(**changes), answers, plans, "localhost")


def test_nothing_stands_in_the_way():
    assert problems() == []
    assert problems(nova={}) == []


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({}, "d1: nova_compute_hosts: the module plan did not run there"),
        (dict(changed=False), "d1: the module plan returned no findings and no claims"),
        (dict(failed=True, msg="KeyError: 'x'"), "d1: KeyError: 'x'"),
        (
            dict(PLAN, preflight=dict(unreachable=True, msg="no route")),
            "d1: nova_compute_hosts: does not answer: no route",
        ),
        (dict(PLAN, preflight=dict(changed=False)), "d1: the module preflight returned no problems"),
        (dict(PLAN, preflight=dict(PLAN["preflight"], problems=["is bad"])), "d1: is bad"),
        (dict(PLAN, containers=dict(changed=False)), "d1: the module containers returned no services"),
        (dict(PLAN, containers=dict(failed=True, msg="no engine")), "d1: no engine"),
    ],
)
def test_what_a_docker_host_did_not_answer_is_a_problem(plan, said):
    (problem,) = problems(plan)
    assert problem.startswith(said)


def test_a_docker_host_that_was_not_asked_is_a_problem():
    assert problems(answer={}) == [
        "d1: nova_compute_hosts: the module containers_info did not run there. Run again with -vvv."
    ]


def test_what_nova_did_not_answer_is_a_problem():
    (problem,) = problems(nova=dict(changed=False))
    assert problem.startswith("localhost: services_cloud: the module nova_services_info returned no services")


def test_all_is_said_at_once():
    finding = dict(host="t", hosts=[], variable="v", problem="is wrong.", cure="Correct it.")
    found = problems(dict(PLAN, findings=[finding]), dict(failed=True, msg="no Docker"), problems=["no room"])
    assert found == ["t: v: is wrong. Correct it.", "no room", "d1: no Docker"]


def test_without_a_lease_what_is_not_ours_stands_in_the_way():
    targets = [dict(target="t", service="t", driver="fake", hypervisor="")]
    nova = dict(NOVA, services=[dict(host="t", state="up", forced_down=False)])
    given = assigned(targets=targets, nova=nova), dict(d1=INFO), dict(d1=PLAN), "localhost"
    assert approval.problems(*given) == []
    (problem,) = approval.problems(*given, lease=False)
    assert problem.startswith("t: services_host: nova shows t up")


def test_reports():
    plans = dict(d1=dict(PLAN, unwanted=[dict(service="old")]))
    silent, unwanted = approval.reports(assigned(silent=["d2", "d3"], left_out=["x"]), plans, ["d3"], prune=False)
    assert silent.startswith(
        "d2: cannot be reached, and is left out. Services that may be there stay there: x. To start"
    )
    assert unwanted.startswith("old: no longer in the inventory, and left running.")
    assert approval.reports(assigned(), plans, [], prune=True) == []


def test_a_run_for_some_targets_calls_nothing_unwanted():
    plans = dict(d1=dict(PLAN, unwanted=[dict(service="old")]))
    limited = assigned(limited=True, targets=[dict(target="a", service="x")], others=["y", "z"])
    assert approval.reports(limited, plans, [], prune=False) == [
        "services_only: this run is for a. Other targets that are left alone: 2."
    ]


def test_what_only_waits_is_told():
    first = [dict(name="a", part="standby"), dict(name="b", part="starting"), dict(name="c", part=None)]
    second = [dict(name="a", part="active"), dict(name="b", part="standby")]
    assert approval.waiting(dict(d1=dict(services=first), d2=dict(services=second), d3=dict(msg="x"))) == ["b"]


@pytest.mark.parametrize(
    ("changes", "plan", "expected"),
    [
        ({}, {}, False),
        ({}, dict(changes=True), True),
        (dict(leaving=dict(d1=["a"])), {}, True),
        (dict(moves=[1]), {}, True),
    ],
)
def test_changes(changes, plan, expected):
    assert approval.changes(assigned(**changes), dict(d1=dict(PLAN, **plan))) is expected


def test_an_image_that_is_newer_than_the_cloud_is_a_problem():
    plan = dict(PLAN, nova_conf=dict(releases=["34.0.0"]))
    assert problems(plan, nova=dict(NOVA, microversion="2.104")) == []
    (problem,) = problems(plan, nova=dict(NOVA, microversion="2.100"))
    assert problem.startswith("all targets: services_image: has nova 34.0.0")
