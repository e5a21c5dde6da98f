# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm import answers, body
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.body import Wish, matches
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import FileReference
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.tmpfs import refused_options, tmpfs_mount

FILE = FileReference("/etc/nova/nova.conf", "secret", "id-1", "name-1", 0, 162, 0o640)


@pytest.fixture
def wish(policy):
    """Function that makes a wish with some settings."""

    def make(command=(), **settings):
        spec = ContainerSpec("i", dict(policy, **settings), command, "", "nova", "xs-01")
        return Wish("nova-compute-xs-01", spec, "reg/i@sha256:1", network="net-1")

    return make


def entry(spec):
    return {"ID": "s1", "Version": {"Index": 7}, "Spec": spec}


def test_the_body_has_what_a_service_needs(wish):
    made = body.service_body(
        wish(command=("nova-compute",), entrypoint=["lease"], environment={"B": 2, "A": "1"}), [FILE]
    )
    container = made["TaskTemplate"]["ContainerSpec"]
    assert (container["Command"], container["Args"], container["Env"]) == (["lease"], ["nova-compute"], ["A=1", "B=2"])
    assert made["Labels"] == container["Labels"] == {"novafleet.fleet": "nova", "novafleet.service": "xs-01"}
    assert made["Mode"] == {"Replicated": {"Replicas": 1}}
    assert made["UpdateConfig"]["Order"] == "stop-first"
    assert container["Mounts"] == [
        {"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": 64 * 1024**2, "Mode": 0o1777}}
    ]
    assert container["StopGracePeriod"] == 180 * 10**9 and container["Privileges"] == {"NoNewPrivileges": True}
    assert made["TaskTemplate"]["Networks"] == [{"Target": "net-1"}]
    assert answers.service(entry(made)).files == (FILE,)


@pytest.mark.parametrize(("earlier", "later"), [({}, 1), ({"ForceUpdate": 4}, 5), ({"ForceUpdate": None}, 1)])
def test_a_service_with_the_same_settings_gets_a_new_task(wish, earlier, later):
    made = body.service_body(wish())
    before = copy.deepcopy(made)
    live = answers.service(entry({**made, "TaskTemplate": {**made["TaskTemplate"], **earlier}}))
    assert body.with_a_new_task(made, live)["TaskTemplate"]["ForceUpdate"] == later
    assert made == before


def test_a_trial_starts_nothing_of_the_image(wish):
    made = body.trial_body(wish(command=("nova-compute",), entrypoint=["lease"]), "trial", "nova")
    container = made["TaskTemplate"]["ContainerSpec"]
    assert container["Command"] == ["/sbin/docker-init", "--version"] and "Args" not in container
    assert made["Labels"] == container["Labels"] == {"novafleet.trial": "nova"}
    assert made["TaskTemplate"]["RestartPolicy"] == {"Condition": "none"}


@pytest.mark.parametrize(
    ("wanted", "there", "same"),
    [
        ({"A": 0, "B": [], "C": {"D": ""}}, {}, True),
        ({"A": 1}, {"A": 1, "B": 2}, True),
        ({"A": {}}, {"A": {"B": 1}}, False),
        ({"A": []}, {"A": [1]}, False),
        ({"A": [1, 2]}, {"A": [2, 1]}, False),
        ({"A": {"B": 1}}, None, False),
        ({"A": False}, {"A": True}, False),
    ],
)
def test_what_the_api_leaves_out_is_no_difference(wanted, there, same):
    assert matches(wanted, there) is same


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(User="0:0"),
        lambda spec: spec["TaskTemplate"]["Resources"]["Limits"].update(MemoryBytes=1),
        lambda spec: spec["TaskTemplate"]["Placement"].update(Constraints=["node.role==worker"]),
        lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Healthcheck={"Test": ["NONE"]}),
        lambda spec: spec["TaskTemplate"].update(LogDriver={"Name": "none"}),
        lambda spec: spec["Mode"].update(Replicated={"Replicas": 2}),
        lambda spec: spec.update(Mode={"Global": {}}),
        lambda spec: spec["Labels"].clear(),
    ],
)
def test_changes_by_hand_are_found(wish, change):
    spec = copy.deepcopy(body.service_body(wish(), [FILE]))
    assert body.has_settings(wish(), answers.service(entry(spec)))
    change(spec)
    assert not body.has_settings(wish(), answers.service(entry(spec)))


def test_image_and_files_are_compared_apart(wish):
    spec = body.service_body(wish(), [FILE])
    spec["TaskTemplate"]["ContainerSpec"]["Image"] = "other"
    assert body.has_settings(wish(), answers.service(entry(spec)))


def test_options_of_a_tmpfs_that_swarm_lacks_are_named():
    assert refused_options("rw,noexec,size=1k,mode=0755,uid=162,exec") == ["uid=162", "exec"]
    assert tmpfs_mount("/x", "size=2g,mode=700")["TmpfsOptions"] == {"SizeBytes": 2 * 1024**3, "Mode": 0o700}
    assert tmpfs_mount("/x", None)["TmpfsOptions"] == {}
