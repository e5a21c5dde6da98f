# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet that novafleet.compute 0.1.0 made: its containers, files and manifests are left alone.

fleet_of_0_1_0.json was written by the module containers of commit b757985, before plugins/ had folders.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine import choice
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import body
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import lock, run
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore

RECORD = Path(__file__).with_name("fleet_of_0_1_0.json")


class Exit(Exception):
    """The module ended."""


class Module:
    """The parts of AnsibleModule that apply() needs."""

    check_mode = _diff = False

    def __init__(self, **params):
        validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(params)
        assert validated.error_messages == []
        self.params = validated.validated_parameters

    def exit_json(self, **result):
        raise Exit(result)

    fail_json = exit_json


@pytest.fixture
def record():
    return json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.fixture
def apply(engine, record, tmp_path, monkeypatch):
    """Call the module as 0.1.0 was called, on what 0.1.0 left."""
    for container in record["containers"]:
        labels = container["labels"]
        engine.add(container["name"], labels["novafleet.service"], digest=labels["novafleet.spec"])
    for path, file in record["files"].items():
        (tmp_path / path).parent.mkdir(exist_ok=True, mode=0o750)
        (tmp_path / path).write_text(file["text"], encoding="utf-8")
        (tmp_path / path).chmod(int(file["mode"], 8))
    monkeypatch.setattr(engine, "digest", body.digest)
    monkeypatch.setattr(choice, "connected", lambda params: (choice.DOCKER, engine))
    monkeypatch.setattr(choice, "DockerEngine", lambda api: api)
    monkeypatch.setattr(lock, "LOCK_DIRECTORY", str(tmp_path / "lock"))
    # The containers mount their files from /etc/novafleet, which is part of their digests.
    monkeypatch.setattr(run, "FileStore", lambda _directory, *args: FileStore(str(tmp_path), *args))

    def call(**changes):
        own = dict(image="nova:1", container_prefix="n-", files_owner=os.getuid(), files_group=os.getgid())
        with pytest.raises(Exit) as ended:
            run.apply(Module(**own, **record["params"], **changes))
        return ended.value.args[0]

    return call


def test_it_is_left_alone(apply, engine):
    result = apply()
    assert (result["changed"], result["summary"]) == (False, {"leave": 3, "failed": 0})
    assert engine.calls == []


def test_it_is_known_as_ours(apply, record):
    """So the test above fails where labels or manifests are not read any more."""
    del record["params"]["services"][1:]
    assert {one["name"]: one["action"] for one in apply()["services"]} == {
        "a": "leave",
        "b": "unwanted",
        "c": "unwanted",
    }
    record["params"]["services"][0]["files"][0]["sha256"] = "0" * 64
    assert apply()["needs"] == ["a"]


def test_one_other_setting_is_seen(apply, record):
    record["params"]["services"][1]["container"]["memory"] += 1
    steps = {one["name"]: one["action"] for one in apply()["services"]}
    assert steps == {"a": "leave", "b": "recreate", "c": "leave"}
