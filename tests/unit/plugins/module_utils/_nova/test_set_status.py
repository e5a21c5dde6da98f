# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, services, set_status

RECORDS = [
    dict(host="on", id="1", status="enabled", disabled_reason=None),
    dict(host="new", id="2", status="disabled", disabled_reason="new: CHG1"),
    dict(host="theirs", id="3", status="disabled", disabled_reason="broken fan"),
    dict(host="plain", id="4", status="disabled", disabled_reason=None),
]


class Ended(Exception):
    """The module ended."""


class Module:
    """The parts of AnsibleModule that set_status() needs."""

    def __init__(self, status, check_mode=False, **params):
        self.check_mode = check_mode
        self.params = dict(cloud="mine", clouds_file=None, cloud_config=None, status=status, reason="new: CHG2")
        self.params.update(hosts=[one["host"] for one in RECORDS], instead_of=[], only_reason="")
        self.params.update(params)

    def exit_json(self, **result):
        raise Ended(result)

    fail_json = exit_json


@pytest.fixture
def result_of(monkeypatch):
    calls = []

    def run(module):
        with pytest.raises(Ended) as ended:
            set_status.set_status(module)
        return ended.value.args[0], calls

    monkeypatch.setattr(cloud, "connect_by", lambda _params: None)
    monkeypatch.setattr(services, "services", lambda _nova: RECORDS)
    monkeypatch.setattr(services, "enable", lambda _nova, ident: calls.append(("enable", ident)))
    monkeypatch.setattr(services, "disable", lambda _nova, ident, reason: calls.append(("disable", ident, reason)))
    return run


def test_disabling_leaves_the_reasons_of_others(result_of):
    assert result_of(Module("disabled")) == (dict(changed=True, hosts=["on"]), [("disable", "1", "new: CHG2")])


def test_a_reason_may_take_the_place_of_some(result_of):
    assert result_of(Module("disabled", instead_of=["new: CHG1"]))[0]["hosts"] == ["on", "new"]


def test_enabling_may_be_only_for_a_reason(result_of):
    assert result_of(Module("enabled", only_reason="new:")) == (dict(changed=True, hosts=["new"]), [("enable", "2")])
    assert result_of(Module("enabled"))[0]["hosts"] == ["new", "theirs", "plain"]


def test_check_mode_changes_nothing(result_of):
    assert result_of(Module("disabled", check_mode=True)) == (dict(changed=True, hosts=["on"]), [])


def test_a_host_that_nova_does_not_know_is_named_before_anything_is_changed(result_of):
    found, calls = result_of(Module("disabled", hosts=["on", "typo"]))
    assert "nova knows no service on typo" in found["msg"]
    assert calls == []


def test_a_failure_of_nova_tells_what_was_changed_before(result_of, monkeypatch):
    def refuse(_nova_, ident):
        if ident == "3":
            raise cloud.NovaError("nova's API did not answer")

    monkeypatch.setattr(services, "enable", refuse)
    expected = dict(msg="nova's API did not answer", changed=True, hosts=["new"])
    assert result_of(Module("enabled"))[0] == expected
