# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import zlib

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
    bus = dict(address="bus", port=5672, variable="services_transport_url", targets=["f-1", "f-2"])
    keystone = dict(address="keystone", port=80, variable="services_placement.auth_url", targets=["f-1", "f-2"])
    assert result["endpoints"] == [bus, keystone]


def test_problems_are_sentences_with_host_and_variable(run, task_vars):
    task_vars["hostvars"]["f-1"]["services_hots"] = "x"
    assert run()["problems"] == [
        "f-1: services_hots: is not a variable of this role. Did you mean services_host? Remove it."
    ]


@pytest.mark.parametrize("text", [None, b"password s3cr3t", "[DEFAULT]\npassword = s3cr3t\u00e9\n".encode("latin-1")])
def test_a_base_file_that_cannot_be_used_is_one_problem(run, tmp_path, text):
    base = tmp_path / "nova.conf"
    if text:
        base.write_bytes(text)
    result = run(base=str(base))
    (problem,) = result["problems"]
    assert problem.startswith(f"all targets: services_base_nova_conf: {base}: ")
    assert "s3cr3t" not in problem
    assert result["targets"] == []


def test_wrong_arguments_fail(run):
    with pytest.raises(AnsibleActionFail, match="nonsense"):
        run(nonsense=1)


def packed(listed):
    return base64.b64encode(zlib.compress(json.dumps(listed).encode())).decode()


def test_options_are_held_against_the_list_of_each_image(run, task_vars):
    task_vars["hostvars"]["f-1"]["services_nova_conf"] = {"DEFAULT": {"debgu": True}}
    listed = dict(nova="34.0.0", sections={"DEFAULT": {"debug": {}}}, families={}, auth=[])
    images = [
        dict(image="a", options=packed(listed), reason=""),
        dict(image="b", options=packed(listed), reason=""),
        dict(image="own", options="", reason="it has none"),
    ]
    result = run(nova_options=images)
    expected = "f-1: services_nova_conf.DEFAULT.debgu: is not an option of nova 34.0.0. Did you mean debug?"
    assert [one for one in result["problems"] if "f-1: services_nova_conf" in one] == [expected]
    assert result["warnings"] == [
        "services_nova_conf is not compared with the options that nova in own reads: it has none."
    ]


@pytest.mark.parametrize(
    "options",
    [
        "???",
        "AAAA",
        packed([]),
        packed({}),
        packed(dict(nova="34.0.0", sections=[1], families={}, auth=[])),
        packed(None),
    ],
)
def test_a_list_that_cannot_be_read_is_none(run, task_vars, options):
    task_vars["hostvars"]["f-1"]["services_nova_conf"] = {"DEFAULT": {"debgu": True}}
    result = run(nova_options=[dict(image="own", options=options, reason="")])
    assert not [one for one in result["problems"] if "services_nova_conf" in one]
    (warning,) = result["warnings"]
    assert "nova in own reads: its list is not one of role image" in warning


def test_an_image_without_a_list_is_told_only_where_there_is_something_to_check(run, task_vars):
    assert run(nova_options=[dict(image="own", options="", reason="it has none")])["warnings"] == []


def test_groups_and_kinds_of_options_reach_the_next_tasks(run, task_vars):
    task_vars["groups"]["test_targets"] = task_vars["groups"].pop("fake")
    task_vars["hostvars"]["f-1"]["services_nova_conf"] = {"neutron": {"password": "a$b"}, "DEFAULT": {"odd": "a$b"}}
    listed = dict(
        nova="34.0.0",
        format=2,
        sections={
            "DEFAULT": {"odd": {"type": "string", "secret": True}},
            "neutron": {"password": {"type": "string", "secret": True}},
            "placement": {"auth_type": {}, "auth_url": {}, "password": {}},
        },
        families={},
        auth=[],
    )
    images = [dict(image="nova:1", options=packed(listed))]
    result = run(groups={"fake": "test_targets"}, nova_options=images)
    assert result["problems"] == []
    assert [one["target"] for one in result["targets"]] == ["f-1", "f-2"]
    assert result["option_kinds"]["DEFAULT.odd"] == "one secret"
    assert result["secret_options"] == ["odd", "password"]
