# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh as a reader types it: up, up again, its next commands, one target more; on this machine."""

from __future__ import annotations

import re
import subprocess

from quickstart_run import ROOT, containers, eventually, instances, quickstart

# A row of the closing table: service, target, Docker host, container, nova.
ROW = re.compile(r"^(cluster-\d+) +\1 +localhost +(\w+) +(\w+) ", re.MULTILINE)
# A row of the table of instances: instance, status, service host.
INSTANCE = re.compile(r"^(vm-\d) +(\w+) +(cluster-\d+) +\S+-\d+[.]", re.MULTILINE)
# A command of the client among those that come next.
NEXT = re.compile(r"^  (\w+) +(?:sudo )?(\.quickstart/openstack .*)$", re.MULTILINE)
ACTIVE = [("vm-1", "ACTIVE", "cluster-001"), ("vm-2", "ACTIVE", "cluster-002")]


def launched():
    """Name to id and time of the start of every instance."""
    return {name: (one["id"], one["OS-SRV-USG:launched_at"]) for name, one in instances().items()}


def up(count):
    return [(f"cluster-{number:03d}", "running", "up") for number in range(1, count + 1)]


def test_five_services_are_up(first_run):
    assert ROW.findall(first_run) == up(5)


def test_two_instances_are_active_on_the_hypervisors_asked_for(first_run):
    assert INSTANCE.findall(first_run) == ACTIVE
    known = instances()
    found = [(name, one["status"], one["OS-EXT-SRV-ATTR:host"]) for name, one in sorted(known.items())]
    assert found == ACTIVE
    assert len({one["OS-EXT-SRV-ATTR:hypervisor_hostname"] for one in known.values()}) == 2


def test_a_second_run_changes_nothing(first_run):
    before = containers(), launched()
    again = quickstart()
    assert "nothing changed (changed=0)" in again
    assert INSTANCE.findall(again) == ACTIVE
    assert (containers(), launched()) == before


def test_the_next_commands_show_stop_and_delete_an_instance(first_run):
    commands = dict(NEXT.findall(first_run))
    assert list(commands) == ["list", "show", "stop", "delete"]
    for name, command in commands.items():
        done = subprocess.run(command.split(), check=False, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        if name == "stop":
            assert eventually(lambda: instances()["vm-1"]["status"] == "SHUTOFF")
    assert eventually(lambda: list(instances()) == ["vm-2"])


def test_without_boot_a_deleted_instance_is_not_booted_again(first_run):
    assert "nothing changed (changed=0)" in quickstart("--no-boot")
    assert list(instances()) == ["vm-2"]


def test_one_target_more_touches_nothing_else(first_run):
    before, kept = containers(), instances()["vm-2"]["id"]
    again = quickstart("--targets", "6")
    assert ROW.findall(again) == up(6) and INSTANCE.findall(again) == ACTIVE
    after = containers()
    assert instances()["vm-2"]["id"] == kept
    assert set(after) - set(before) == {"nova-compute-cluster-006"}
    assert {name: after[name] for name in before} == before
