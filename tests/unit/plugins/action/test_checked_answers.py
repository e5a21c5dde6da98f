# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that change something in nova, or wait for it: an answer without its keys is a failure."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.action import (
    nova_aggregates,
    nova_retire,
    nova_services,
    nova_services_info,
)

INFO = dict(services=[], hypervisors=[], instances=[])
WAITED = dict(INFO, not_up=[], not_mapped=[], not_provided=[])


@pytest.fixture
def run(task, monkeypatch):
    """Run an action with a given answer of its module."""

    def act(action, answer, **args):
        plugin = task(action, **args)
        plugin._task.delegate_to = "api1"
        monkeypatch.setattr(plugin, "_execute_module", lambda name, task_vars: dict(answer))
        return plugin.run(task_vars={})

    return act


@pytest.mark.parametrize(
    ("action", "args", "answer", "missing"),
    [
        (nova_retire, {}, dict(services=[], moves=[]), "services and no moves"),
        (nova_services, {}, dict(hosts=[]), "hosts"),
        (nova_aggregates, {}, dict(created=[], joined=[]), "created and no joined"),
        (nova_services_info, {}, INFO, "services and no hypervisors and no instances"),
        (nova_services_info, dict(wait_for=dict(up={})), WAITED, "services and no hypervisors and no not_up"),
    ],
)
def test_an_answer_has_the_keys_of_its_module(run, action, args, answer, missing):
    assert run(action, dict(answer, changed=False), **args) == dict(answer, changed=False)
    failed = run(action, dict(changed=False), **args)
    assert failed["failed"] and failed["msg"].startswith("api1: the module nova_")
    assert f"returned no {missing}" in failed["msg"]


def test_who_waited_says_who_is_not_up(run):
    assert "not_up" in run(nova_services_info, INFO, wait_for=dict(up={}))["msg"]


def test_a_failure_keeps_its_own_words(run):
    answer = dict(failed=True, msg="nova's API did not answer")
    assert run(nova_retire, answer) == answer
    assert run(nova_retire, dict(skipped=True)) == dict(skipped=True)
