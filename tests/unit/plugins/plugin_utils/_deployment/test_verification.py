# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import verification


def info(name):
    return dict(services=[dict(name=name, state="running", status="Exited (1)", log="Traceback")])


def step(name, action="none", started_at=None, error=None):
    return dict(name=name, action=action, started_at=started_at, error=error)


def test_what_is_waited_for_is_what_should_run_since_its_last_start():
    deployed = dict(
        d1=dict(services=[step("a", started_at="2026-01-01T00:00:00Z"), step("b"), step("gone", "unwanted")]),
        d2=dict(services=[step("a", started_at="2026-01-02T00:00:00Z"), step("c", error="did not stay up")]),
    )
    assert verification.sound(deployed) == dict(a="2026-01-02T00:00:00Z", b=None)
    assert verification.failed(deployed) == ["c"]


def test_names_are_told_once_and_of_the_docker_hosts_asked_for():
    assignments = dict(d1=["a"], d2=["a", "b"], d3=["c"])
    assert verification.names(assignments, ["d1", "d2", "d4"]) == ["a", "b"]


WELL = dict(
    services=[dict(host="a", state="up")],
    hypervisors=[dict(host="a", id="1"), dict(host="a", id="2")],
    providers=[dict(id="1", inventory=True), dict(id="2", inventory=True)],
)


@pytest.mark.parametrize(
    "providers",
    [
        WELL["providers"],
        # A service of many nodes works while one of them is being enrolled.
        WELL["providers"][:1],
        [WELL["providers"][0], dict(id="2", inventory=False)],
        [WELL["providers"][0], dict(id="2", inventory=None)],
    ],
    ids=str,
)
def test_one_answer_may_say_that_all_is_well(providers):
    assert verification.is_well(["a"], dict(d1=dict(services=[step("a")])), dict(WELL, providers=providers))


@pytest.mark.parametrize(
    "change",
    [
        dict(services=[]),
        dict(services=[dict(host="a", state="down")]),
        dict(hypervisors=[]),
        dict(providers=None),
        dict(providers=[]),
        dict(providers=[dict(id="1", inventory=False), dict(id="2", inventory=None)]),
    ],
    ids=str,
)
def test_anything_else_has_to_be_asked_for(change):
    assert not verification.is_well(["a"], dict(d1=dict(services=[step("a")])), dict(WELL, **change))


def test_a_service_that_failed_is_not_well():
    assert not verification.is_well(["a"], dict(d1=dict(services=[step("a", error="x")])), WELL)


def test_only_what_carries_the_mark_and_is_as_it_should_be_is_enabled():
    records = [
        dict(host="new", disabled_reason="mark: not released yet"),
        dict(host="down", disabled_reason="mark: not released yet"),
        dict(host="repaired", disabled_reason="disk replaced, mark:"),
        dict(host="fine", disabled_reason=None),
    ]
    assert verification.kept_disabled(records, ["new", "repaired", "fine"], "mark:") == ["new"]


def test_of_those_the_ones_with_exactly_this_reason_join_their_aggregates():
    reasons = dict(
        new="mark: not released yet", joins="mark: joins", operators="mark: joins, says ops", other="mark: joins"
    )
    records = [dict(host=host, disabled_reason=reason) for host, reason in reasons.items()]
    assert verification.joining(records, ["new", "joins", "operators"], "mark: joins") == ["joins"]


def test_not_verified_says_why_of_each():
    results = [dict(name="failed", error="did not stay up"), dict(name="fine", error=None)]
    nova = dict(not_up=["failed", "down", "gone"], not_mapped=["unmapped"], not_provided=["bare"])
    names = ["failed", "down", "gone", "unmapped", "bare", "fine"]
    found = verification.not_verified(names, results, info("down"), nova)
    assert found[0] == "failed: did not stay up"
    assert found[1] == "down: is not up in nova; its container is Exited (1). Last log lines:\nTraceback"
    assert found[2].startswith("gone: is not up in nova; its container is missing.")
    assert (
        found[3].startswith("unmapped: is up, but its host is not mapped") and "services_discover_command" in found[3]
    )
    assert found[4].startswith("bare: is up, but its hypervisor has no resource provider")
    assert len(found) == 5


def test_unknown_to_nova_is_what_has_no_record_or_no_cell():
    nova = dict(
        services=[dict(host=host) for host in ("known", "unmapped")],
        hypervisors=[dict(host=host) for host in ("known", "recordless")],
    )
    wanted = ["new", "unmapped", "known", "recordless"]
    assert verification.unknown_hosts(wanted, nova) == ["new", "unmapped", "recordless"]
