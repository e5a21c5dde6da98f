# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import json

import pytest
from ansible_collections.novafleet.compute.plugins.action import containers, swarm_services


@pytest.fixture
def calls(task, task_vars, monkeypatch):
    """Function that runs the action against a module that lacks the contents of some services."""
    monkeypatch.setattr(containers, "TERMINAL", False)

    def act(needs):
        services = [dict(name=name, files=[dict(path="nova.conf", content=f"text of {name}")]) for name in "ab"]
        plugin, made, answers = task(swarm_services, services=services), [], [dict(needs=needs), dict(changed=True)]
        monkeypatch.setattr(plugin, "_low_level_execute_command", pytest.fail)
        monkeypatch.setattr(plugin, "_make_tmp_path", lambda: "/tmp/private")
        monkeypatch.setattr(plugin, "_fixup_perms2", lambda _paths, execute: None)
        monkeypatch.setattr(plugin, "_remove_tmp_path", lambda _path: None)
        monkeypatch.setattr(plugin, "_transfer_data", lambda path, data: made.append((path, data)))

        def execute(name, module_args, task_vars):
            made.append((name, module_args))
            return answers.pop(0)

        monkeypatch.setattr(plugin, "_execute_module", execute)
        assert plugin.run(None, task_vars)["changed"]
        return made

    return act


def test_it_sends_only_the_contents_that_the_swarm_lacks(calls):
    first, sent, second = calls(["b"])
    assert first[0] == second[0] == "novafleet.compute.swarm_services"
    assert "text of" not in str(first) + str(second) and second[1]["_controller"]["bundle"] == sent[0]
    bundle = json.loads(gzip.decompress(sent[1]))
    assert list(bundle["services"]) == ["b"] and list(bundle["texts"].values()) == ["text of b"]
