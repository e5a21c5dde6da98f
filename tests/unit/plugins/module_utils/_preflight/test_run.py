# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import run
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    LibraryMissing,
    Outcome,
    PreflightFinding,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.hypervisor import PreflightDriver
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import Unreachable

VC = dict(
    variable="services_vcenter", address="vc", port=443, username="u", password="s3cr3t", ca_file="/ca",
    ca_in_image=False, insecure=False, datastore_regex="",
)  # fmt: skip
XS = dict(
    variable="services_xenserver", username="root", password="s3cr3t", ca_file=None, ca_in_image=False,
    image_handler="direct_vhd", sr_matching_filter="default-sr:true",
)  # fmt: skip


def test_each_target_is_asked_with_the_authority_that_it_names(world):
    seen = {}
    world.says = lambda options: seen.update({options["address"]: options["authority"]})
    targets = [
        dict(VC, target="a", cluster="a", address="a", authority="x"),
        dict(VC, target="b", cluster="b", address="b"),
    ]
    found = run.preflight(dict(vcenter=targets), 1, {"x": "a certificate"})
    assert seen == {"a": "a certificate", "b": ""}
    assert results(found, "a")["certificate"] == "ok"


@pytest.fixture
def world(monkeypatch):
    """Places that answer, hypervisors that were asked, and their answers."""
    here = SimpleNamespace(dead={}, asked=[], says=lambda options: {})

    def ask(options, timeout):
        here.asked.append(options["address"])
        return here.says(options)

    def judge(target, facts):
        return Outcome(identity=target["target"], called="x")

    drivers = [dataclasses.replace(driver, ask=ask, judge=judge) for driver in run.DRIVERS]
    monkeypatch.setattr(run, "DRIVERS", drivers)
    monkeypatch.setattr(run, "probe_all", lambda places, timeout: {place: here.dead.get(place[0]) for place in places})
    return here


def results(found, target):
    return {row["check"]: row["result"] for row in found["checks"] if row["target"] == target}


def test_nothing_to_try(world):
    assert run.preflight({}, 1) == dict(checks=[], problems=[], hypervisors=[])


def test_clusters_of_one_vcenter_are_one_question(world):
    targets = [dict(VC, target=f"t-{n}", cluster=f"c{n}") for n in range(500)]
    found = run.preflight(dict(vcenter=targets), 1)
    assert world.asked == ["vc"]
    assert [one["identity"] for one in found["hypervisors"]] == [f"t-{n}" for n in range(500)]


def test_another_account_is_another_question(world):
    targets = [dict(VC, target="a", cluster="c"), dict(VC, target="b", cluster="c", username="v")]
    run.preflight(dict(vcenter=targets), 1)
    assert world.asked == ["vc", "vc"]


@pytest.mark.parametrize(
    ("dead", "check", "word"),
    [(Unreachable(False, "unknown"), "name", "resolve"), (Unreachable(True, "refused"), "port", "answer")],
)
def test_who_does_not_answer_is_not_asked(world, dead, check, word):
    world.dead["xs-1"] = dead
    targets = [dict(XS, target=name, url=f"https://{name}") for name in ("xs-1", "xs-2")]
    found = run.preflight(dict(xenserver=targets), 1)
    assert world.asked == ["xs-2"]
    assert results(found, "xs-1")[check] == "failed"
    assert set(results(found, "xs-2").values()) == {"ok"}
    (problem,) = found["problems"]
    assert problem.startswith("xs-1: services_xenserver.connection_url: xs-1 ")
    assert word in problem


def test_who_refuses_refuses_all_its_targets(world):
    def refuse(options):
        raise CheckFailed("login", "host_password", "refuses.", "Correct it.")

    world.says = refuse
    found = run.preflight(dict(vcenter=[dict(VC, target=name, cluster=name) for name in "abcd"]), 1)
    assert found["problems"] == ["a and 3 more: services_vcenter.host_password: refuses. Correct it."]
    assert results(found, "d")["cluster"] == "skipped"
    assert found["hypervisors"] == []


@pytest.mark.parametrize("place", ["ask", "judge"])
def test_an_unexpected_error_of_one_hides_nothing_of_the_others(world, monkeypatch, place):
    def fail(options, _timeout_or_facts):
        if options["target"] == "a":
            raise RuntimeError(f"password = {VC['password']}")
        return Outcome(identity=options["target"], called="x") if place == "judge" else {}

    monkeypatch.setattr(run, "DRIVERS", [dataclasses.replace(driver, **{place: fail}) for driver in run.DRIVERS])
    found = run.preflight(dict(vcenter=[dict(VC, target=name, cluster=name, address=name) for name in "ab"]), 1)
    (problem,) = found["problems"]
    assert problem.startswith("a: services_vcenter.host_ip: asking a failed: RuntimeError: password = ****")
    assert VC["password"] not in problem
    assert set(results(found, "b").values()) == {"ok"}


def test_who_takes_for_ever_is_told(world, monkeypatch):
    monkeypatch.setattr(run, "at_once", lambda _function, items, _seconds: [run.LATE] * len(items))
    (problem,) = run.preflight(dict(vcenter=[dict(VC, target="a", cluster="c")]), 7)["problems"]
    assert "more than 3 times 7 s" in problem


def test_an_authority_in_the_image_says_nothing_against_a_certificate(world):
    def refuse(options):
        raise CheckFailed("certificate", "ca_file", "not trusted.", "x.")

    world.says = refuse
    target = dict(VC, target="a", cluster="c", ca_file=None, ca_in_image=True)
    found = run.preflight(dict(vcenter=[target]), 1)
    assert found["problems"] == []
    assert [results(found, "a")[check] for check in ("port", "certificate", "login")] == ["ok", "skipped", "skipped"]


def test_a_certificate_that_nova_does_not_look_at_is_skipped(world):
    targets = dict(
        vcenter=[dict(VC, target="a", cluster="c", ca_file=None, insecure=True)],
        xenserver=[dict(XS, target="b", url="http://xs-1")],
    )
    found = run.preflight(targets, 1)
    assert results(found, "a")["certificate"] == results(found, "b")["certificate"] == "skipped"


@pytest.mark.parametrize("to_come", [True, False])
def test_a_pyvmomi_that_is_to_come_is_no_problem(world, to_come):
    def missing(options):
        raise LibraryMissing("login", "", "pyVmomi is missing.", "Install it.")

    world.says = missing
    found = run.preflight(dict(vcenter=[dict(VC, target="a", cluster="a", library_to_come=to_come)]), 1)
    assert bool(found["problems"]) is not to_come
    expected = "skipped" if to_come else "failed"
    assert [results(found, "a")[check] for check in ("port", "certificate", "login", "cluster")] == [
        "ok",
        "ok",
        expected,
        "skipped",
    ]


def test_another_driver_is_an_entry_of_its_own(monkeypatch):
    def ask(options, timeout):
        return dict(name=options["node"])

    def judge(target, facts):
        return Outcome((PreflightFinding("power", "node", f"{facts['name']} is off.", "Switch it on."),))

    toy = PreflightDriver(
        name="toy",
        argument_spec={},
        checks=("name", "port", "power"),
        address_option="url",
        place=lambda target: ("toy", 80),
        access=("node",),
        verifies=lambda target: False,
        ask=ask,
        judge=judge,
    )
    monkeypatch.setattr(run, "DRIVERS", [toy])
    monkeypatch.setattr(run, "probe_all", lambda places, timeout: dict.fromkeys(places))
    targets = [dict(target=f"t-{node}", variable="services_toy", node=node) for node in "ab"]
    assert run.preflight(dict(toy=targets), 1)["problems"] == [
        "t-a: services_toy.node: a is off. Switch it on.",
        "t-b: services_toy.node: b is off. Switch it on.",
    ]
