# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import (
    DiscoveredTarget,
    Selection,
    name_problems,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_domain

ENDPOINT = Endpoint("vcenters[0]", "vc1", "vc1.example.com", 443, "user", "secret")


def target(host, place="vc1:/DC/c"):
    return DiscoveredTarget(host, ENDPOINT, place, {}, {})


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], [], ["a1", "a2", "b1"]),
        (["^a"], [], ["a1", "a2"]),
        (["^a", "b"], ["1$"], ["a2"]),
        ([], ["a"], ["b1"]),
        (["c"], [], []),
    ],
)
def test_selection(include, exclude, expected):
    selection = Selection(include, exclude)
    assert [name for name in ("a1", "a2", "b1") if selection(name)] == expected


def test_every_pattern_that_is_none_is_named():
    with pytest.raises(DiscoveryError) as error:
        Selection(["("], ["ok", "["])
    assert [problem.split(":")[0] for problem in error.value.problems] == ["include", "exclude"]


def test_fit_names_are_no_problem():
    assert name_problems([target("vc1-a.b_c-1"), target("2")]) == []


def test_every_unfit_name_is_told():
    problems = name_problems([target("a b"), target("x.next"), target(""), target("a", "p1"), target("a", "p2")])
    assert [problem.split("'")[1] for problem in problems[:3]] == ["a b", "x.next", ""]
    assert problems[3].startswith("hostname: 'a' would be the name of 'p1' and of 'p2'.")


def documented_expression():
    """The expression for names that docs/discovery.md recommends."""
    text = (Path(__file__).parents[5] / "docs" / "discovery.md").read_text(encoding="utf-8")
    (expression,) = re.findall(r"^hostname: (.*)$", text, re.MULTILINE)
    return expression


@pytest.mark.parametrize(
    ("cluster", "name"),
    [
        ("Production (East)", "vc1-production-east"),
        (" lead ", "vc1-lead"),
        ("a..b", "vc1-a-b"),
        ("Über_all", "vc1-ber-all"),
        ("123", "vc1-123"),
        ("(東京)", "vc1"),
        ("x" * 80, "vc1-" + "x" * 59),
        ("x" * 58 + " (East)", "vc1-" + "x" * 58),
    ],
)
def test_the_documented_expression_makes_service_hosts(cluster, name):
    environment = jinja2.Environment()
    environment.filters["regex_replace"] = lambda value, pattern, other: re.sub(pattern, other, value)
    made = environment.compile_expression(documented_expression())(vcenter_name="vc1", vcenter_cluster=cluster)
    assert made == name
    assert not_a_host_domain(made) == ""
    assert name_problems([target(made)]) == []
