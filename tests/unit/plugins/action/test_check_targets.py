# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.action import check_targets


@pytest.fixture
def run(task, task_vars, role):
    def act(**args):
        known = dict(templates=str(role / "templates"), argument_specs=str(role / "meta" / "argument_specs.yml"))
        return task(check_targets, **dict(known, **args)).run(task_vars=task_vars)

    return act


def test_a_right_inventory(run):
    result = run()
    assert (result["changed"], result["problems"]) == (False, [])
    assert [one["service"] for one in result["targets"]] == ["f-1", "f-2"]
    endpoint = dict(address="bus", port=5672, variable="services_transport_url", targets=["f-1", "f-2"])
    assert result["endpoints"] == [endpoint]


def test_problems_are_sentences_with_host_and_variable(run, task_vars):
    task_vars["hostvars"]["f-1"]["services_hots"] = "x"
    assert run()["problems"] == [
        "f-1: services_hots: is not a variable of this role. Did you mean services_host? Remove it."
    ]


@pytest.mark.parametrize("text", [None, "password s3cr3t"])
def test_a_base_file_that_cannot_be_used_is_one_problem(run, tmp_path, text):
    base = tmp_path / "nova.conf"
    if text:
        base.write_text(text)
    result = run(base=str(base))
    (problem,) = result["problems"]
    assert problem.startswith(f"all targets: services_base_nova_conf: {base}: ")
    assert "s3cr3t" not in problem
    assert result["targets"] == []


def test_wrong_arguments_fail(run):
    with pytest.raises(AnsibleActionFail, match="nonsense"):
        run(nonsense=1)
