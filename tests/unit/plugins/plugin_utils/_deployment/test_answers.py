# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import answers as _answers


def info(*services, state="running"):
    return dict(services=[dict(name=name, state=state, status="Exited (1)", log="Traceback") for name in services])


def test_services_by_host_leaves_out_who_did_not_answer():
    answers = {"d1": info("b", "a", "a"), "d2": info(), "d3": dict(unreachable=True, msg="no route")}
    assert _answers.services_by_host(answers) == {"d1": ["a", "b"], "d2": []}


def test_services_by_host_in_one_state():
    answers = {"d1": dict(services=info("a")["services"] + info("b", state="exited")["services"])}
    assert _answers.services_by_host(answers, state="running") == {"d1": ["a"]}


def test_compute_ids_adopts_single_nodes_only():
    nodes = [dict(host="a", id="1"), dict(host="ironic", id="2"), dict(host="ironic", id="3")]
    assert _answers.compute_ids(nodes) == {"a": "1"}


def test_two_compute_nodes_of_one_service_host_are_a_problem():
    nodes = [dict(host=host, id=str(number), name=f"node-{number}") for number, host in enumerate("abbcc")]
    targets = [dict(target=f"t-{host}", service=host, driver="vcenter") for host in "abd"]
    (problem,) = _answers.identity_problems(nodes, [*targets, dict(target="xs", service="c", driver="xenserver")])
    assert problem.startswith("t-b: services_host: nova has 2 compute nodes of b, node-1 (1), node-2 (2),")


@pytest.mark.parametrize(
    ("record", "answers", "foreign"),
    [
        (dict(host="a", state="up", forced_down=False), {}, ["t-a"]),
        (dict(host="a", state="up", forced_down=False), {"d1": info("a")}, []),
        # The service may have been stopped a moment ago.
        (dict(host="a", state="up", forced_down=False), {"d1": info(), "d2": info("a", state="exited")}, []),
        (dict(host="a", state="up", forced_down=False), {"d1": info("b"), "d2": dict(unreachable=True)}, ["t-a"]),
        (dict(host="a", state="down", forced_down=False), {}, []),
        # nova shows the service as down, even if it has a heartbeat.
        (dict(host="a", state="down", forced_down=True), {}, ["t-a"]),
        (dict(host="not ours", state="up", forced_down=False), {}, []),
    ],
)
def test_without_a_lease_no_container_is_started_beside_a_nova_compute_of_others(record, answers, foreign):
    targets = [dict(target=f"t-{name}", service=name) for name in "ab"]
    found = _answers.foreign_problems([record], targets, answers)
    assert [problem.partition(":")[0] for problem in found] == foreign
    assert all(problem.startswith("t-a: services_host: nova shows a up, and no container") for problem in found)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], []),
        ([{}, dict(skipped=True)], []),
        ([dict(changed=False)], ["d1: the module containers_info returned no services. Run again with -vvv."]),
        ([dict(problems=["one", "two"], msg="Nothing was changed.")], ["d1: one", "d1: two"]),
        ([dict(problems=["one"]), dict(msg="Docker is missing")], ["d1: one", "d1: Docker is missing"]),
        ([dict(msg="Docker is missing"), dict(problems=["one"])], ["d1: Docker is missing"]),
        ([dict(problems=None), dict(problems=[])], []),
    ],
)
def test_host_problems_names_the_host(results, expected):
    assert _answers.host_problems({"d1": results}) == expected


def test_a_host_that_does_not_answer_is_named_once_with_a_cure():
    silent = dict(unreachable=True, msg="No route to host.\n")
    (problem,) = _answers.host_problems({"d1": [silent, silent]})
    assert problem.startswith("d1: nova_compute_hosts: does not answer: No route to host. Bring it back")


def test_hosts_are_in_order():
    assert _answers.host_problems({"b": [dict(problems=["x"])], "a": [dict(problems=["x"])]}) == ["a: x", "b: x"]


def test_a_node_that_is_listed_twice_is_one():
    twice = [dict(host="a", id="1", name="n"), dict(host="a", id="1", name="n")]
    assert _answers.compute_ids(twice) == {"a": "1"}
    assert not _answers.identity_problems(twice, [dict(target="a", service="a", driver="fake")])
