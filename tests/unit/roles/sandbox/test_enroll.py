# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which nodes enroll.py creates and which it leaves alone; on an Ironic in memory."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[4] / "roles" / "sandbox" / "files" / "ironic" / "enroll.py"
AFTER = {"manage": "manageable", "provide": "available"}
BEFORE_AVAILABLE = ("enroll", "manageable")


class Ironic:
    """What enroll.py calls of openstacksdk; there: name -> node; asked: pairs of name and action."""

    def __init__(self, **there):
        self.there = {name.replace("_", "-"): node(name.replace("_", "-"), state) for name, state in there.items()}
        self.asked = []

    def nodes(self):
        return iter(self.there.values())

    def get_node(self, name):
        return self.there[name]

    def create_node(self, name, **properties):
        self.there[name] = node(name, "enroll", **properties)

    def set_node_provision_state(self, name, action, wait, timeout):
        assert (wait, timeout) == (True, 60)
        self.asked.append((name, action))
        self.there[name].provision_state = AFTER[action]
        return self.there[name]

    def set_node_power_state(self, name, state, wait, timeout):
        assert (wait, timeout) == (True, 60)
        self.asked.append((name, state))
        self.there[name].power_state = state


def node(name, state, **properties):
    """As fake hardware has it: no power state before one is set."""
    power = None if state in BEFORE_AVAILABLE else "power off"
    return SimpleNamespace(name=name, provision_state=state, power_state=power, **properties)


@pytest.fixture
def enroll(monkeypatch, capsys):
    """A function that runs enroll.py on an Ironic and returns what it printed."""
    specification = importlib.util.spec_from_file_location("sandbox_enroll", SCRIPT)
    program = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(program)

    def run(ironic, **shards):
        monkeypatch.setattr(program, "OpenStackConfig", lambda **_options: SimpleNamespace(get_one=str))
        monkeypatch.setattr(
            program.openstack.connection, "Connection", lambda config: SimpleNamespace(baremetal=ironic)
        )
        monkeypatch.setattr(sys, "argv", ["enroll.py", "clouds.yaml", json.dumps(dict(seconds=60, shards=shards))])
        program.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_nodes_are_created_and_made_available(enroll):
    ironic = Ironic()
    assert enroll(ironic, a=2, b=1) == dict(changed=True, nodes=["a-node-1", "a-node-2", "b-node-1"])
    assert {name: (one.shard, one.provision_state) for name, one in ironic.there.items()} == {
        "a-node-1": ("a", "available"),
        "a-node-2": ("a", "available"),
        "b-node-1": ("b", "available"),
    }
    assert {one.driver for one in ironic.nodes()} == {"fake-hardware"}
    assert {one.power_state for one in ironic.nodes()} == {"power off"}


def test_a_second_run_changes_nothing(enroll):
    ironic = Ironic(a_node_1="available", b_node_1="active")
    assert enroll(ironic, a=1, b=1)["changed"] is False
    assert ironic.asked == []


@pytest.mark.parametrize(("state", "actions"), [("enroll", ["manage", "provide"]), ("manageable", ["provide"])])
def test_an_interrupted_enrollment_goes_on(enroll, state, actions):
    ironic = Ironic(a_node_1=state)
    assert enroll(ironic, a=1)["changed"] is True
    assert [action for _name, action in ironic.asked] == [*actions, "power off"]
