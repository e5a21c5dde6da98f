# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.action import services_status

PLAN = dict(findings=[], claims=[], unwanted=[], services=[], waves=[], containers=dict(services=[]))


@pytest.fixture
def compared(task, host_vars):
    """Compare one target with what its Docker hosts and nova, which is not asked, have answered."""

    def run(answers, plans, silent=()):
        target = dict(service="a", target="a", driver="fake", docker_host=None)
        assignment = dict(targets=[target], findings=[], nova={}, silent=list(silent))
        arguments = dict(assignment="assignment", answers="fleet", plans="plan", identity_namespace="nova")
        known = host_vars({host: dict(fleet=answer, plan=plans.get(host)) for host, answer in answers.items()})
        task_vars = dict(assignment=assignment, hostvars=known, ansible_play_hosts_all=list(known))
        return task(services_status, **arguments).run(task_vars=task_vars)["status"]

    return run


def kinds(status):
    return [one["kind"] for row in status["services"] for one in row["disagreements"]]


def unanswered(status):
    return [(one["query"], one["docker_host"]) for one in status["queries"] if not one["answered"]]


def test_all_is_answered(compared):
    found = compared(dict(d1=dict(services=[])), dict(d1=PLAN))
    assert (found["problems"], unanswered(found), kinds(found)) == ([], [], ["missing"])


def test_a_docker_host_outside_the_limit_may_have_what_is_missing(compared):
    found = compared(dict(d1=dict(services=[])), dict(d1=PLAN), silent=["d2"])
    assert unanswered(found) == [("containers", "d2")]
    assert kinds(found) == []
    (problem,) = found["problems"]
    assert problem.startswith("d2: --limit: this Docker host is not in the run")


def test_a_plan_that_failed_is_a_problem_and_not_answered(compared):
    found = compared(dict(d1=dict(services=[])), dict(d1=dict(failed=True, msg="no Python")))
    assert found["problems"] == ["d1: no Python"]
    assert unanswered(found) == [("plan", "d1")]


def test_an_unreachable_docker_host_is_a_problem_once(compared):
    gone = dict(unreachable=True, msg="no route")
    found = compared(dict(d1=gone), dict(d1=gone), silent=["d1"])
    assert len(found["problems"]) == 1
    assert unanswered(found) == [("containers", "d1"), ("plan", "d1")]


def test_wrong_targets_are_a_problem_and_no_plan_is_asked_for(compared):
    wrong = dict(host="a", hosts=[], variable="services_host", problem="is wrong", cure="Correct it")
    found = compared(dict(d1=dict(services=[])), dict(d1=dict(PLAN, findings=[wrong], containers={})))
    assert len(found["problems"]) == 1
    assert {one["query"] for one in found["queries"]} == {"containers"}
