# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils import _failover

HOSTS = ["d1", "d2"]
DEAD = dict(unreachable=True, msg="no route")
AFTER = 300


def info(*services, state="running"):
    return dict(services=[dict(name=name, state=state) for name in services])


def record(host, minute=10, state="down"):
    return dict(host=host, state=state, updated_at=None if minute is None else f"2026-11-25T12:{minute:02}:00.000000")


def problems(services=("a",), gone=("d2",), fenced=(), answers=None, records=(), beating=(), after=AFTER):
    answers = answers or {"d1": info("x"), "d2": DEAD}
    found = _failover.problems(
        services, gone, fenced, HOSTS, answers, [record("x", 20, "up"), *records], beating, after
    )
    return [problem for problem in found if problem]


def test_lost_is_what_nova_knows_and_no_other_docker_host_has():
    targets = [dict(service=name) for name in ("kept", "lost", "half", "new")]
    half = info("half", state="created")["services"]
    answers = {"d1": dict(services=info("kept")["services"] + half), "d2": DEAD}
    records = [record("kept"), record("lost"), record("half"), record("somebody-elses")]
    assert _failover.lost(targets, answers, ["d2"], records) == [dict(service="lost"), dict(service="half")]


def test_a_long_silence_while_others_are_heard_is_death():
    assert problems(records=[record("a", 10)]) == []


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (record("a", 18), "a: may live: nova heard of it 120 s ago, and believes in its death after 300 s"),
        (record("a", None), "a: may live: nova tells no heartbeat of it"),
        (record("a", 10, "up"), "a: may live: nova heard of it 600 s ago"),
    ],
)
def test_anything_else_needs_the_word_of_who_cut_the_power(seen, words):
    (problem,) = problems(records=[seen])
    assert problem.startswith(words) and "services_failover_fenced" in problem
    assert problems(records=[seen], fenced=["d2"]) == []


def test_a_heartbeat_is_believed_against_anybodys_word():
    (problem,) = problems(["a", "b"], records=[record("a", 10, "up"), record("b")], beating=["a"], fenced=["d2"])
    assert problem.startswith("a: lives") and "Cut its power" in problem


def test_all_that_may_live_are_listed():
    found = problems(["a", "b", "c"], records=[record("a", 19), record("b", 20), record("c", 10)], beating=["b"])
    assert [problem[:2] for problem in found] == ["b:", "a:"]


def test_silence_of_all_may_be_the_message_buss():
    answers = {"d1": info(), "d2": DEAD}
    (problem,) = _failover.problems(["a"], ["d2"], [], HOSTS, answers, [record("a")], [], AFTER)
    assert "may be its message bus's" in problem
    assert _failover.problems(["a"], ["d2"], ["d2"], HOSTS, answers, [record("a")], [], AFTER) == []


def test_an_engine_that_answers_is_not_dead():
    (problem,) = problems((), answers={"d1": info(), "d2": info("a", "b")}, fenced=["d2"])
    assert problem.startswith("d2: services_failover: its Docker engine answers and runs a, b: it is not dead.")


def test_a_second_silent_host_may_run_them():
    (problem,) = problems(answers={"d2": DEAD}, fenced=["d2"])
    assert problem.startswith("d1: nova_compute_hosts: does not answer or was left out by --limit")


def test_names_are_checked():
    found = problems((), gone=["d2", "d9"], fenced=["d1", "d2", "d9"])
    assert [problem.partition(". ")[0] for problem in found] == [
        "d9: services_failover: is not in the group nova_compute_hosts",
        "d1: services_failover_fenced: is not in services_failover",
    ]


def test_nothing_lost_is_no_problem():
    assert problems(()) == []


def test_returned_hosts_must_not_run_what_runs_elsewhere():
    answers = {"d1": info("a", "b"), "d2": dict(services=info("c")["services"] + info("d", state="exited")["services"])}
    assert _failover.returned("d1", answers) == ["c"]
    assert _failover.returned("d2", answers) == ["a", "b"]
    assert _failover.returned("d2", {"d1": DEAD, "d2": info("a")}) == []
