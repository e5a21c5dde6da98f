# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.only import problems, selected
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import read
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings, UndefinedSetting

TARGETS = ["cluster-01", "cluster-02", "cluster-10", "xs-1"]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], TARGETS),
        (["xs-1"], ["xs-1"]),
        ([" xs-1 ", "cluster-02"], ["cluster-02", "xs-1"]),
        (["cluster-0*"], ["cluster-01", "cluster-02"]),
        (["cluster-[01][!2]"], ["cluster-01", "cluster-10"]),
        (["cluster"], []),
        (["XS-1"], []),
        ([""], []),
    ],
)
def test_names_and_patterns(patterns, expected):
    assert sorted(selected(patterns, TARGETS)) == expected


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ([], []),
        (["cluster-*", "xs-1"], []),
        (["xs-2"], ["xs-2: services_only: matches no target of the inventory. Did you mean xs-1? Write names"]),
        (["db*", "xs-1", "db*"], ["db*: services_only: matches no target of the inventory. Write names of targets"]),
        (["xs-1", " "], ["all targets: services_only: has an empty name. Name targets, or leave the variable out"]),
    ],
)
def test_what_matches_nothing_is_a_problem(patterns, said):
    found = [str(problem) for problem in problems(patterns, TARGETS)]
    assert len(found) == len(said)
    assert all(problem.startswith(words) for problem, words in zip(found, said))


class Unresolved(dict):
    """Variables of which one refers to what is not defined."""

    def __getitem__(self, name):
        raise UndefinedSetting(name, "is not defined")


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (None, [("a", "group"), ("b", "services_host"), ("d", "services_host")]),
        (["a"], [("a", "group")]),
        (["b"], [("b", "services_host")]),
        # If two targets have one service host, the problem stands at the one that is deployed.
        (["c"], [("c", "services_host")]),
        (["d"], [("d", "services_host")]),
        (["e"], []),
    ],
)
def test_mistakes_of_the_others_alone_are_left_out(only, expected):
    hosts = dict(b=Unresolved(services_host="x"), c=dict(services_host="d"))
    groups = dict(fake=list("abcde"), vcenter=["a"], nova_compute_hosts=["docker1"])
    found = read(Inventory(groups, lambda host: Settings(hosts.get(host, {}), {})), only)
    assert [(problem.host, problem.variable) for problem in found.problems] == expected
    assert [target["target"] for target in found.targets] == ["c", "d", "e"]
