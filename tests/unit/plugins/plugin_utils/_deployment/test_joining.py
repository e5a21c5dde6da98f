# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.joining import (
    joining,
    joining_problems,
    joining_reports,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings

REASON = "new: waits"
RACK = dict(name="rack-1", availability_zone="az-1")
VARIABLES = {
    "known": [RACK],
    "new": [RACK],
    "unmapped": [RACK],
    "waiting": [dict(name="ssd")],
    "plain": [],
    "wrong": "x",
    "nameless": [dict(availability_zone="z")],
}


def record(host, reason=None):
    return dict(host=host, disabled_reason=reason)


NOVA = dict(
    services=[record("known"), record("unmapped"), record("waiting", REASON)],
    hypervisors=[dict(host="known"), dict(host="waiting")],
    instances=[],
)


def asked(nova):
    targets = [dict(target=name, service=name) for name in VARIABLES]
    found = joining(targets, lambda host: Settings(dict(services_aggregates=VARIABLES[host]), {}), nova, REASON)
    return {one["host"]: one["aggregates"] for one in found}


def test_new_services_are_those_that_are_in_no_cell_and_those_that_wait():
    ssd = [dict(name="ssd", availability_zone=None)]
    assert asked(NOVA) == {"new": [RACK], "unmapped": [RACK], "waiting": ssd}


def test_without_an_answer_of_nova_nobody_knows_which_are_new():
    assert sorted(asked({})) == ["known", "new", "unmapped", "waiting"]
    assert asked(dict(failed=True, msg="no route")) == {}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, []),
        (dict(created=[], joined=[], problems=[]), []),
        (dict(failed=True, msg="...", problems=["b: services_aggregates: x."]), ["b: services_aggregates: x."]),
        (dict(failed=True, msg="no answer", created=[], joined=[]), ["api: services_cloud: no answer"]),
        (dict(unreachable=True, msg="no route"), ["api: services_cloud: does not answer: no route"]),
        (dict(changed=False), ["api: services_cloud: the module nova_aggregates returned no created and no joined."]),
    ],
)
def test_what_stands_in_the_way(answer, expected):
    found = joining_problems(answer, "api")
    assert len(found) == len(expected)
    assert all(problem.startswith(words) for problem, words in zip(found, expected))


def test_what_will_be_joined():
    answer = dict(created=[RACK], joined=[dict(host="b", aggregate="rack-1"), dict(host="b", aggregate="ssd")])
    assert joining_reports([dict(host="b")], answer) == [
        "b: will join the new host aggregate rack-1 (availability zone az-1), the host aggregate ssd when its host is "
        "mapped to a cell."
    ]
    assert joining_reports([dict(host="b")], {}) == [
        "b: services_aggregates: not looked at, because services_verify is false."
    ]
    assert joining_reports([], {}) == []
