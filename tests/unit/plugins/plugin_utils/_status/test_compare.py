# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.disagreements import KINDS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import identity

BEAT = "2026-11-23T01:02:03.000000"
CLUSTER = "domain-c8.3a1fd7c5-5b5c-4b0e-9c7e-0c6f5b3f1d11"
OWN = dict(id=identity("cloud", "a"))


def target(name="a", docker_host=None):
    return dict(service=name, target=f"t-{name}", driver="fake", docker_host=docker_host)


def container(name="a", state="running", **values):
    entry = dict(
        name=name, container=f"nova-compute-{name}", state=state, health="", status="Up 3 minutes", image="nova:1",
        age_seconds=180, started_at="2026-11-23T01:00:00Z", memory_bytes=2**20,
        part="active" if state == "running" else None,
    )  # fmt: skip
    return dict(entry, **values)


def record(host="a", state="up", **values):
    entry = dict(host=host, id=f"id-{host}", state=state, status="enabled", disabled_reason=None, forced_down=False)
    return dict(entry, updated_at=BEAT, **values)


def node(host="a", ident=None):
    return dict(host=host, id=ident or identity("cloud", host), name=host)


def nova(*records, nodes=None, providers=None):
    nodes = [node(one["host"]) for one in records] if nodes is None else nodes
    providers = [dict(id=one["id"], name=one["name"]) for one in nodes] if providers is None else providers
    providers = [dict(dict(inventory=True), **one) for one in providers]
    return dict(services=list(records), hypervisors=nodes, instances=[], providers=providers)


def compared(*containers, targets=None, known=None, action="leave", reasons=(), **options):
    """One healthy service on one Docker host, with changes."""
    step = dict(name="a", action=action, reasons=list(reasons))
    options.setdefault("plans", {"d1": dict(services=[step])})
    return status(
        [target()] if targets is None else targets,
        options.pop("answers", {"d1": dict(services=list(containers))}),
        nova(record()) if known is None else known,
        namespace="cloud",
        **options,
    )


def kinds(found):
    return [one["kind"] for row in found["services"] for one in row["disagreements"]]


def test_a_service_that_is_well():
    found = compared(container())
    assert found["summary"] == dict(services=1, well=1, disagreements=0, problems=0, levels={}, kinds={})
    assert found["problems"] == []
    assert found["services"] == [
        dict(
            service="a", target="t-a", driver="fake", docker_host="d1", container="nova-compute-a", state="running",
            part="active", health=None, image="nova:1", age_seconds=180, started_at="2026-11-23T01:00:00Z",
            memory_bytes=2**20, nova_state="up", nova_status="enabled", disabled_reason=None, heartbeat=BEAT,
            unwell=False, cause=None, level=None, disagreements=[],
        )
    ]  # fmt: skip


def twice(*entries):
    return {f"d{index}": dict(services=[entry]) for index, entry in enumerate(entries, start=1)}


def waiting(part="standby", **values):
    return container(part=part, **values)


CASES = {
    "missing": (compared(known=nova()), ["missing"]),
    "stopped": (compared(container(state="exited")), ["stopped"]),
    "paused": (compared(container(state="paused")), ["stopped"]),
    "restarting": (compared(container(state="restarting")), ["restarting"]),
    "lost": (compared(container(state="lost")), ["lost"]),
    "unhealthy": (compared(container(health="unhealthy")), ["unhealthy"]),
    "healthy": (compared(container(health="healthy")), []),
    "unknown to nova": (compared(container(), known=nova()), ["unknown to nova"]),
    "stopped and never known": (compared(container(state="exited"), known=nova()), ["stopped"]),
    "down": (compared(container(), known=nova(record(state="down"))), ["down"]),
    "forced down": (compared(container(), known=nova(record(state="down", forced_down=True))), ["forced down"]),
    "starting": (compared(container(started_at="2026-11-23T01:02:04Z")), ["starting"]),
    "started just before its heartbeat": (compared(container(started_at="2026-11-23T01:02:03Z")), []),
    "start unknown": (compared(container(started_at=None)), []),
    "not ours": (compared(), ["missing", "not ours"]),
    "down without a container": (compared(known=nova(record(state="down"))), ["missing"]),
    "left in nova": (compared(targets=[], known=nova(record(state="down"))), ["left in nova"]),
    "out of the inventory, up elsewhere": (compared(targets=[]), ["not ours"]),
    "somebody else's": (compared(targets=[], known=nova(record("z"), nodes=[node("z", "another")])), []),
    "not in inventory": (compared(container(), targets=[]), ["not in inventory"]),
    "two on two hosts": (compared(answers=twice(container(), container())), ["two containers"] * 2),
    "a stopped one on another host": (
        compared(answers=twice(container(), container(state="exited"))),
        ["stopped", "spare container"],
    ),
    "one that waits on another host": (compared(answers=twice(container(), waiting())), ["spare container"]),
    "one that waits on a host before": (compared(answers=twice(waiting(), container())), ["spare container"]),
    "one that tells nothing, and one that waits": (
        compared(answers=twice(container(part=None), waiting())),
        ["spare container"],
    ),
    "one that tells nothing after a stopped one": (
        compared(answers=twice(container(state="exited"), container(part=None))),
        ["stopped", "spare container"],
    ),
    "two that tell nothing": (
        compared(answers=twice(container(part=None), container(part=None))),
        ["two containers", "two containers"],
    ),
    "as many as wanted": (compared(answers=twice(container(), waiting()), standby=1), []),
    "as many as wanted, the standby first": (compared(answers=twice(waiting("starting"), container()), standby=1), []),
    "one more than wanted": (
        compared(answers=twice(waiting(), waiting("starting"), container()), standby=1),
        ["spare container", "spare container"],
    ),
    "no standby": (compared(container(), standby=1), ["no standby"]),
    "one standby of two": (compared(answers=twice(container(), waiting()), standby=2), ["no standby"]),
    "no standby where it is pinned": (compared(container(), targets=[target(docker_host="d1")], standby=1), []),
    "no standby where the hypervisor is the Docker host": (
        compared(container(), targets=[dict(target(), local=True)], standby=1),
        [],
    ),
    "a standby that stopped": (
        compared(answers=twice(container(), container(state="exited")), standby=1),
        ["stopped"],
    ),
    "a standby with old files": (
        compared(
            answers=twice(container(), waiting()),
            standby=1,
            plans={"d2": dict(services=[dict(name="a", action="restart", reasons=["nova.conf changed"])])},
        ),
        ["other files"],
    ),
    "waits behind a nova-compute of others": (compared(waiting(), known=nova(record())), ["waits"]),
    "waits, not yet tested": (compared(waiting("starting"), known=nova(record())), ["waits"]),
    "waits behind no holder": (compared(waiting(), known=nova(record(state="down"))), ["waits behind no holder"]),
    "waits behind no holder that nova ever heard of": (compared(waiting(), known=nova()), ["waits behind no holder"]),
    "two wait behind nobody": (
        compared(answers=twice(waiting(), waiting()), standby=1, known=nova(record(state="down"))),
        ["waits behind no holder"],
    ),
    "waits behind one that stopped": (
        compared(answers=twice(container(state="exited"), waiting()), standby=1, known=nova(record(state="down"))),
        ["waits behind no holder", "stopped"],
    ),
    "a standby is neither down nor starting": (
        compared(answers=twice(container(), waiting(started_at="2026-11-23T01:02:04Z")), standby=1),
        [],
    ),
    "waits, and nova was not asked": (compared(waiting(), known={}), []),
    "disabled, and told once": (
        compared(answers=twice(container(), waiting()), standby=1, known=nova(record(status="disabled"))),
        ["disabled"],
    ),
    "a copy on the same host": (
        compared(container(), container(container="copy")),
        ["two containers", "two containers"],
    ),
    "pinned elsewhere": (compared(container(), targets=[target(docker_host="d2")]), ["other Docker host"]),
    "pinned here": (compared(container(), targets=[target(docker_host="d1")]), []),
    "other image": (compared(container(), action="recreate", reasons=["image changed"]), ["other image"]),
    "other settings and files": (
        compared(container(), action="recreate", reasons=["container settings changed", "nova.conf changed"]),
        ["other settings", "other files"],
    ),
    "other files": (compared(container(), action="restart", reasons=["nova.conf changed"]), ["other files"]),
    "stopped with other files": (
        compared(container(state="exited"), action="start", reasons=["container is exited", "nova.conf changed"]),
        ["stopped", "other files"],
    ),
    "other name": (compared(container(), action="rename", reasons=["is named x"]), ["other name"]),
    "disabled by others": (compared(container(), known=nova(record(status="disabled"))), ["disabled"]),
    "disabled by us": (
        compared(
            container(), known=nova(dict(record(status="disabled"), disabled_reason="retired by novafleet.compute"))
        ),
        ["retirement unfinished"],
    ),
    "no compute node": (compared(container(), known=nova(record(), nodes=[])), ["no compute node"]),
    "no provider": (compared(container(), known=nova(record(), providers=[])), ["no provider"]),
    "no inventory": (
        compared(container(), known=nova(record(), providers=[dict(OWN, name="a", inventory=False)])),
        ["no inventory"],
    ),
    "inventory not asked": (
        compared(container(), known=nova(record(), providers=[dict(OWN, name="a", inventory=None)])),
        [],
    ),
    "placement not asked": (compared(container(), known=dict(nova(record()), providers=None)), []),
    "provider of its name without compute node": (
        compared(container(), known=nova(record(), providers=[dict(OWN, name="a"), dict(id="p", name="a")])),
        ["provider without compute node"],
    ),
    "provider of its uuid without compute node": (
        compared(known=nova(nodes=[], providers=[dict(OWN, name="x")])),
        ["missing", "provider without compute node"],
    ),
    "provider of a vCenter's cluster without compute node": (
        compared(targets=[], known=nova(providers=[dict(id="p", name=CLUSTER)])),
        ["provider without compute node"],
    ),
    "provider of others": (compared(targets=[], known=nova(providers=[dict(id="p", name="network-agent")])), []),
    "nova not asked": (compared(container(), known={}), []),
    "nova not asked, no container": (compared(known={}), ["missing"]),
}  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES)
def test_what_disagrees(found, expected):
    assert kinds(found) == expected
    assert found["problems"] == []
    assert found["summary"]["disagreements"] == len(expected)


def test_every_kind_is_met_here():
    assert {kind for found, _expected in CASES.values() for kind in kinds(found)} == set(KINDS)


def test_every_cure_names_what_it_is_about():
    (one,) = compared(container(), known=nova(record(state="down")))["services"][0]["disagreements"]
    assert one["text"] == f"runs, but is down in nova (last heartbeat {BEAT} UTC)"
    assert "docker logs nova-compute-a" in one["cure"]
    for found, _expected in CASES.values():
        assert not [one for row in found["services"] for one in row["disagreements"] if "{" in one["cure"]]


def test_a_silent_docker_host_is_told_once_and_nothing_is_called_missing():
    answers = {"d1": dict(services=[container()]), "d2": dict(unreachable=True, msg="no route")}
    found = compared(
        targets=[target(), target("b")], answers=answers, plans={"d2": dict(unreachable=True, msg="no route")}
    )
    assert [row["service"] for row in found["services"]] == ["a", "b"]
    assert kinds(found) == []
    assert len(found["problems"]) == found["summary"]["problems"] == 1
    assert "d2: nova_compute_hosts: does not answer: no route" in found["problems"][0]


@pytest.mark.parametrize("there", [container(), waiting()], ids=["active", "waits"])
def test_a_silent_docker_host_may_have_the_standby_or_what_is_waited_for(there):
    answers = {"d1": dict(services=[there]), "d2": dict(unreachable=True, msg="no route")}
    known = nova(record(state="down" if there["part"] == "standby" else "up"))
    found = compared(answers=answers, plans={}, known=known, standby=1)
    assert (kinds(found), len(found["problems"])) == ([], 1)


def test_the_active_container_comes_first():
    found = compared(answers=twice(waiting(), container()), standby=1)
    assert [(row["docker_host"], row["part"]) for row in found["services"]] == [("d2", "active"), ("d1", "standby")]


def test_the_spare_container_is_the_one_that_does_not_run():
    (row,) = [
        one for one in CASES["one that tells nothing after a stopped one"][0]["services"] if one["state"] == "exited"
    ]
    assert [one["kind"] for one in row["disagreements"]] == ["stopped", "spare container"]


def test_what_is_waited_for_can_be_found_out():
    (row,) = CASES["waits behind no holder"][0]["services"]
    assert (row["level"], row["unwell"]) == ("error", True)
    assert "docker logs nova-compute-a" in row["disagreements"][0]["cure"]
    (row,) = CASES["waits behind a nova-compute of others"][0]["services"]
    assert (row["level"], row["unwell"]) == ("warning", False)


def test_what_a_deployment_would_refuse_is_told():
    found = compared(container(), plans={"d1": dict(msg="Nothing", problems=["image nova:2 is missing"])})
    assert found["problems"] == ["d1: image nova:2 is missing"]


UNREACHABLE = dict(unreachable=True, msg="no route")


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (dict(), [("containers", "d1", True), ("plan", "d1", True), ("nova", None, True), ("placement", None, True)]),
        (dict(plans={}, known={}), [("containers", "d1", True)]),
        (
            dict(answers=dict(d1=UNREACHABLE, d2=dict(services=[])), plans=dict(d1={}, d2=UNREACHABLE), known={}),
            [("containers", "d1", False), ("containers", "d2", True), ("plan", "d1", False), ("plan", "d2", False)],
        ),
        (
            dict(plans={"d1": dict(msg="Nothing", problems=["image nova:2 is missing"])}, known={}),
            [("containers", "d1", True), ("plan", "d1", True)],
        ),
        (dict(plans={}, known=dict(msg="no way")), [("containers", "d1", True), ("nova", None, False)]),
        (
            dict(plans={}, known=dict(nova(), providers=None, providers_problem="no way")),
            [("containers", "d1", True), ("nova", None, True), ("placement", None, False)],
        ),
    ],
    ids=["all", "Docker only", "silent hosts", "a refused plan", "no nova", "no placement"],
)
def test_which_queries_were_answered(options, asked):
    found = compared(container(), **options)["queries"]
    assert [(one["query"], one["docker_host"], one["answered"]) for one in found] == asked


def test_a_nova_and_a_placement_that_do_not_answer_are_told():
    found = compared(container(), known=dict(msg="no way"), problems=["a: b: c"])
    assert found["problems"] == ["a: b: c", "nova: no way"]
    assert (kinds(found), found["services"][0]["nova_state"]) == ([], None)
    found = compared(container(), known=dict(nova(record()), providers=None, providers_problem="no way"))
    assert (kinds(found), found["problems"]) == ([], ["placement: no way"])


def test_the_cause_stands_beside_the_container_that_told_it():
    logs = {"d1": dict(services=[dict(name="a", cause="NotFound: x")]), "d2": dict(skipped=True), "d3": None}
    (row,) = compared(container(state="exited"), logs=logs)["services"]
    assert (row["unwell"], row["cause"], row["level"]) == (True, "NotFound: x", "error")


@pytest.mark.parametrize(
    ("kind", "unwell"),
    [("stopped", True), ("no provider", True), ("no inventory", True), ("other image", False), ("missing", False)],
)
def test_whose_log_may_tell_the_cause(kind, unwell):
    assert CASES[kind][0]["services"][0]["unwell"] is unwell


def test_the_level_is_that_of_the_worst():
    (row,) = compared(container(state="exited"), known=nova(record(status="disabled")))["services"]
    assert [one["level"] for one in row["disagreements"]] == ["error", "note"]
    assert row["level"] == "error"


def test_only_the_targets_that_are_asked_for_are_looked_at():
    known = nova(record("a"), record("b"))
    options = dict(known=known, targets=[target()])
    assert [row["service"] for row in compared(container(), container("b"), **options)["services"]] == ["a", "b"]
    found = compared(container(), container("b"), limited=True, **options)
    assert [row["service"] for row in found["services"]] == ["a"]
    assert found["summary"]["disagreements"] == 0


def test_summary_counts_services_once_and_kinds_each():
    found = compared(answers=twice(container(), container()), plans={})
    assert found["summary"] == dict(
        services=1, well=0, disagreements=2, problems=0, levels={"error": 2}, kinds={"two containers": 2}
    )
