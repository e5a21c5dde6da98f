# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    EngineError,
    EngineTimeout,
    Rejected,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired, rehearsal
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step

IMAGES = {"nova:1": "sha256:1", "absent:1": None}
USERNS = "cannot share the host's network namespace when user namespaces are enabled"


@pytest.fixture
def step(policy):
    """Function that makes a step of a service; further arguments override its container's settings."""

    def make(name, action="create", image="nova:1", **container):
        entry = dict(name=name, image=image, container=container, files=[{"path": "nova.conf", "sha256": "0" * 64}])
        return Step(action, name, desired=desired.service(entry, policy, "nova", "n-", "/etc/novafleet"))

    return make


def problems(engine, *steps):
    return rehearsal.problems(engine, steps, IMAGES, "/etc/novafleet")


def test_one_container_of_each_kind_is_tried_which_is_nobodys(engine, step):
    assert problems(engine, step("a"), step("b"), step("c", memory=5), step("d", action="recreate")) == []
    assert len(engine.rehearsed) == 2
    for config in engine.rehearsed:
        assert config["Labels"] == {} and config["HostConfig"]["Mounts"] == []


@pytest.mark.parametrize("action", ["leave", "start", "restart", "rename", "unwanted"])
def test_nothing_is_tried_where_nothing_is_created(engine, step, action):
    engine.rejected = Rejected("no")
    assert problems(engine, step("a", action=action)) == []
    assert engine.rehearsed == []


def test_what_lacks_its_image_is_left_to_the_plan(engine, step):
    assert problems(engine, step("a", image="absent:1")) == []
    assert engine.rehearsed == []


def test_mounts_of_the_operator_are_tried(engine, step):
    problems(engine, step("a", mounts=[{"source": "/run/x", "target": "/run/x"}]))
    (config,) = engine.rehearsed
    assert [mount["Source"] for mount in config["HostConfig"]["Mounts"]] == ["/run/x"]


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (USERNS, "Set userns_mode: host"),
        ("unknown log opt 'max-size' for journald log driver", "Correct log.driver or log.options"),
        ('error looking up logging plugin x: plugin "x" not found', "Correct log.driver or log.options"),
        ("gelf-address is a required parameter", "Correct log.driver or log.options"),
        ("invalid mount config for type bind: bind source path does not exist: /x", "Make it, or correct mounts"),
        ("invalid CapAdd: unknown capability: CAP_X", "Correct the container settings (services_container)."),
    ],
)
def test_what_the_engine_refuses_is_told_with_its_cure(engine, step, words, cure):
    engine.rejected = Rejected(f"Could not create container x: {words}", words)
    (problem,) = problems(engine, step("a"), step("b"))
    refused = "container settings, which a and 1 others need, are refused by this Docker host's engine"
    assert problem.startswith(f"{refused}: {words}. ")
    assert cure in problem


def test_a_disk_that_is_full_is_left_to_each_service(engine, step):
    engine.rejected = EngineError("no space left on device")
    assert problems(engine, step("a")) == []


def test_an_engine_that_is_silent_ends_it(engine, step):
    engine.rejected = EngineTimeout("no answer")
    with pytest.raises(EngineTimeout):
        problems(engine, step("a"))


@pytest.mark.parametrize(
    ("confined", "label", "security_opt", "told"),
    [
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["no-new-privileges"], True),
        ({"selinux"}, "", [], True),
        ({"selinux"}, "system_u:object_r:container_file_t:s0\0", [], False),
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["label=disable"], False),
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["label:type:nova_t"], False),
        ({"seccomp", "apparmor"}, "", [], False),
    ],
)
def test_files_that_selinux_keeps_from_containers_are_told(
    engine, step, monkeypatch, confined, label, security_opt, told
):
    engine.confined = confined
    monkeypatch.setattr(rehearsal.os, "getxattr", lambda path, name: label.encode(), raising=False)
    found = problems(engine, step("a", security_opt=security_opt))
    assert bool(found) is told
    if told:
        assert "semanage fcontext -a -t container_file_t '/etc/novafleet(/.*)?'" in found[0]
        assert "label=disable" in found[0]


def test_the_label_is_that_of_the_nearest_directory_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsal.os, "getxattr", lambda path, name: path.encode())
    assert rehearsal._label(str(tmp_path / "a" / "b")) == str(tmp_path)


@pytest.mark.parametrize("there", [True, False])
def test_a_journal_that_is_not_there_is_told(engine, step, monkeypatch, tmp_path, there):
    monkeypatch.setattr(rehearsal, "JOURNAL", str(tmp_path if there else tmp_path / "none"))
    found = problems(engine, step("a", log={"driver": "journald", "options": {}}))
    assert bool(found) is not there
    assert there or found[0].startswith("log.driver journald, which a needs, has no journal")
