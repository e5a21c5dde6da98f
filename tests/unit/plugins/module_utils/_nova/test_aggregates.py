# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import aggregates, cloud, join_aggregates
from nova_in_memory import answer

THERE = [
    dict(id=1, name="rack-1", availability_zone="az-1", hosts=["a"]),
    dict(id=2, name="ssd", availability_zone=None, hosts=[]),
]


def service(host, *wanted):
    return dict(host=host, aggregates=[dict(name=name, availability_zone=zone) for name, zone in wanted])


@pytest.mark.parametrize(
    ("services", "created", "joined"),
    [
        ([service("a", ("rack-1", "az-1"))], {}, []),
        ([service("b", ("rack-1", None), ("ssd", None))], {}, [("b", "rack-1"), ("b", "ssd")]),
        (
            [service("b", ("new", None)), service("c", ("new", "az-9"))],
            {"new": "az-9"},
            [("b", "new"), ("c", "new")],
        ),
        ([], {}, []),
    ],
)
def test_what_is_to_be_done(services, created, joined):
    found = aggregates.plan(services, THERE)
    assert (found.created, found.joined, found.problems) == (created, joined, [])


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ([service("b", ("rack-1", "az-2"))], "b: services_aggregates: the host aggregate rack-1 has the availability"),
        ([service("b", ("ssd", "az-2"))], "b: services_aggregates: the host aggregate ssd has no availability zone in"),
        ([service("b", ("SSD", None))], "b: services_aggregates: nova has the host aggregate SSD as ssd. Correct"),
        (
            [service("b", ("new", "az-1")), service("c", ("new", "az-2"))],
            "c: services_aggregates: the new host aggregate new cannot have the availability zones az-1 and az-2.",
        ),
        (
            [service("b", ("rack-1", None), ("new", "az-2"))],
            "b: services_aggregates: it would be in the availability zones az-1 (rack-1) and az-2 (new), and nova",
        ),
        (
            [service("b", ("New", None)), service("c", ("new", None))],
            "c: services_aggregates: the new host aggregate new is also New, and nova ignores case. Correct",
        ),
        # It is in one already.
        ([service("a", ("new", "az-2"))], "a: services_aggregates: it would be in the availability zones az-1"),
    ],
)  # fmt: skip
def test_what_nova_would_refuse(services, said):
    (problem,) = aggregates.plan(services, THERE).problems
    assert problem.startswith(said)


class Nova:
    """nova's host aggregates; refused: paths that it answers with 409."""

    def __init__(self, refused=()):
        self.refused, self.posts = refused, []

    def get(self, url, params, microversion):
        assert (url, microversion) == ("/os-aggregates", "2.1")
        return answer(dict(aggregates=[dict(one, metadata={}) for one in THERE]))

    def post(self, url, json, microversion):
        assert microversion == "2.1"
        if url in self.refused:
            refusal = answer(dict(conflictingRequest=dict(code=409, message="it has instances")), 409)
            refusal.headers["Content-Type"] = "application/json"
            return refusal
        self.posts.append((url, json))
        return answer(dict(aggregate=dict(id=7)))


class Ended(Exception):
    """The module ended."""


class Module:
    """What join_aggregates() needs of AnsibleModule."""

    def __init__(self, services, check_mode=False):
        self.params, self.check_mode = dict(services=services), check_mode

    def exit_json(self, **result):
        raise Ended(result)

    fail_json = exit_json


@pytest.fixture
def joined(monkeypatch):
    """Run the module; what it returned, and what it sent."""

    def run(*services, refused=(), **options):
        nova = Nova(refused)
        monkeypatch.setattr(cloud, "connect_by", lambda _params: SimpleNamespace(compute=nova))
        with pytest.raises(Ended) as ended:
            join_aggregates.join_aggregates(Module(list(services), **options))
        return ended.value.args[0], nova.posts

    return run


NEW = service("b", ("new", "az-1"), ("ssd", None))


def test_aggregates_are_created_and_joined(joined):
    result, posts = joined(NEW)
    assert posts == [
        ("/os-aggregates", dict(aggregate=dict(name="new", availability_zone="az-1"))),
        ("/os-aggregates/7/action", dict(add_host=dict(host="b"))),
        ("/os-aggregates/2/action", dict(add_host=dict(host="b"))),
    ]
    assert result == dict(
        changed=True,
        created=[dict(name="new", availability_zone="az-1")],
        joined=[dict(host="b", aggregate="new"), dict(host="b", aggregate="ssd")],
        problems=[],
    )


def test_check_mode_says_the_same_and_sends_nothing(joined):
    assert joined(NEW, check_mode=True) == (joined(NEW)[0], [])


def test_members_are_left_alone(joined):
    assert joined(service("a", ("rack-1", "az-1"))) == (dict(changed=False, created=[], joined=[], problems=[]), [])


def test_all_problems_come_before_anything_is_changed(joined):
    result, posts = joined(NEW, service("c", ("rack-1", "x"), ("ssd", "y")))
    assert result["msg"].startswith("Nothing was changed.\nc: services_aggregates: ")
    assert (len(result["problems"]), posts) == (2, [])


def test_what_was_done_before_a_refusal_is_told(joined):
    result, _posts = joined(NEW, refused=["/os-aggregates/2/action"])
    assert result["msg"].startswith("services_aggregates: nova refuses to add b to ssd: it has instances. Correct")
    assert (result["changed"], result["joined"]) == (True, [dict(host="b", aggregate="new")])
