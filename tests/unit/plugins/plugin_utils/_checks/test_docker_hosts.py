# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of Docker hosts that would be ignored, or read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks import docker_hosts
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.variables import OF_TARGETS


@pytest.fixture
def entries(templates):
    text = (Path(templates).parent / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return {name: entry["options"] for name, entry in yaml.safe_load(text)["argument_specs"].items()}


def test_each_variable_of_a_target_is_known_as_one(entries):
    assert set(entries["targets"]) == OF_TARGETS


def test_what_is_read_once_is_no_variable_of_a_target(specs):
    assert set(docker_hosts.OF_ALL) <= set(specs) - OF_TARGETS


def test_names_that_are_similar(specs):
    hosts = {"d1": {"services_capactiy": 3}, "d2": {"services_capactiy": 4, "services_retire_drian": "wait"}}
    assert list(map(str, docker_hosts.misspelt(specs, hosts))) == [
        "d1, d2: services_capactiy: is not a variable of this role. Did you mean services_capacity? Remove it.",
        "d2: services_retire_drian: is not a variable of this role. Did you mean services_retire_drain? Remove it.",
    ]


@pytest.mark.parametrize(
    "name", ["services_status", "services_of_ours", "image", "services_nova_conf_debug", "services_files_ca"]
)
def test_names_that_are_sound(specs, name):
    """The entry point status sets services_status, and dicts may be spread."""
    assert list(docker_hosts.misspelt(specs, {"d1": {name: 1}})) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"services_verify": False}),
        ({"services_cloud": "a"}, {"services_cloud": "b"}),
        ({"services_standby": 1}, {}),
    ],
)
def test_values_of_one_docker_host_that_are_read_for_all(specs, first, second):
    (name,) = {*first, *second}
    (problem,) = docker_hosts.differing(specs, {"d1": first, "d2": second})
    assert str(problem) == (
        f"d1: {name}: is not the same as on d2, and is read once for all Docker hosts. "
        "Set it in the group nova_compute_hosts or in all."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"services_capacity": 1}, {"services_capacity": 2}),
        ({"services_verify": True}, {}),
        ({"services_retire_leave_evacuated": "false"}, {}),
        ({"services_standby": "1"}, {"services_standby": 1}),
        ({"services_cloud": {"auth": {}}}, {"services_cloud": {"auth": {}}}),
    ],
)
def test_values_that_docker_hosts_may_have(specs, first, second):
    assert list(docker_hosts.differing(specs, {"d1": first, "d2": second})) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("services_verify", "flase", "'flase' is not of type bool. Write true or false."),
        ("services_verify", "", "'' is not of type bool"),
        ("services_api_timeout", "one", "'one' is not of type int. Write a number."),
        ("services_standby", 2, "2 is unknown. Write one of 0, 1."),
        ("services_retire_drain", "migrat", "'migrat' is unknown. Write one of 'refuse', 'wait', 'migrate'."),
    ],
)
def test_words_that_would_be_read_as_others(specs, name, value, words):
    (problem,) = docker_hosts.wrong_types(specs, "d1", {name: value}, lambda told: told)
    assert str(problem).startswith(f"d1: {name}: {words}")


@pytest.mark.parametrize("value", ["no", "False", 0, True, None])
def test_words_for_a_bool(specs, value):
    """Null is a problem of its own."""
    assert list(docker_hosts.wrong_types(specs, "d1", {"services_verify": value}, lambda told: told)) == []


def test_what_cannot_be_templated_is_left_to_the_task_that_reads_it(specs):
    assert list(docker_hosts.wrong_types(specs, "d1", {"services_verify": "{{ x }}"}, {}.__getitem__)) == []
