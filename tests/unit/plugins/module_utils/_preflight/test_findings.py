# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    FAILED,
    OK,
    SKIPPED,
    Outcome,
    PreflightFinding,
    rows,
    sentences,
    stopped,
)

TARGET = dict(target="xs-1", variable="services_xenserver")
CHECKS = ("name", "port", "login")
SILENT = PreflightFinding("port", "connection_url", "xs-1 port 443 does not answer: timed out.", "Correct it.")


def results(outcome):
    return [(row["check"], row["result"]) for row in rows(TARGET, CHECKS, outcome)]


def test_what_is_well():
    assert results(Outcome()) == [("name", OK), ("port", OK), ("login", OK)]


def test_what_follows_a_failure_that_stops_is_skipped():
    assert results(stopped(SILENT)) == [("name", OK), ("port", FAILED), ("login", SKIPPED)]


def test_a_check_may_be_left_out_without_a_failure():
    assert results(Outcome(skipped=("port",))) == [("name", OK), ("port", SKIPPED), ("login", OK)]


def test_the_reason_stands_where_it_stopped_without_a_failure():
    found = rows(TARGET, CHECKS, Outcome(stopped_at="port", skipped=("port",), reason="Out of sight."))
    assert [(row["check"], row["result"], row["problem"]) for row in found] == [
        ("name", OK, ""), ("port", SKIPPED, "Out of sight."), ("login", SKIPPED, ""),
    ]  # fmt: skip
    assert sentences(found) == []


def test_one_check_may_find_several_things():
    found = Outcome((SILENT, PreflightFinding("port", "", "b.", "c.")))
    assert results(found) == [("name", OK), ("port", FAILED), ("port", FAILED), ("login", OK)]


def test_a_row_names_the_variable_to_correct():
    row = rows(TARGET, CHECKS, stopped(SILENT))[1]
    assert row["variable"] == "services_xenserver.connection_url"
    assert (row["problem"], row["cure"]) == (SILENT.problem, SILENT.cure)
    assert (
        rows(TARGET, CHECKS, Outcome((PreflightFinding("port", "", "b.", "c."),)))[1]["variable"]
        == "services_xenserver"
    )


@pytest.mark.parametrize(
    ("number", "names"), [(1, "t-0"), (3, "t-0, t-1, t-2"), (4, "t-0 and 3 more"), (500, "t-0 and 499 more")]
)
def test_what_many_share_is_told_once(number, names):
    checked = [
        row for index in range(number) for row in rows(dict(TARGET, target=f"t-{index}"), CHECKS, stopped(SILENT))
    ]
    assert sentences(checked) == [f"{names}: services_xenserver.connection_url: {SILENT.problem} {SILENT.cure}"]
