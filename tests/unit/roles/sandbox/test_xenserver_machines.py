# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power states, places and devices of the virtual machines of a simulated XenServer."""

from __future__ import annotations

import pytest

GIB = 1 << 30


@pytest.fixture
def machine(xen):
    return xen.fake.machine()


def record(xen, machine):
    return xen.fake.get_record("VM", machine)


def state(xen, machine):
    return record(xen, machine)["power_state"]


def failure(xen, call, *arguments):
    with pytest.raises(xen.Failure) as failed:
        call(None, *arguments)
    return failed.value.details


def test_a_machine_runs_where_it_was_started(xen, machine):
    xen.VM_start_on(None, machine, xen.hosts[1], True, False)
    assert (state(xen, machine), record(xen, machine)["resident_on"]) == ("Paused", xen.hosts[1])
    xen.VM_unpause(None, machine)
    assert state(xen, machine) == "Running"
    xen.VM_hard_shutdown(None, machine)
    assert (state(xen, machine), record(xen, machine)["resident_on"]) == ("Halted", "OpaqueRef:NULL")
    assert record(xen, machine)["domid"] == "-1"


def test_a_suspended_machine_comes_back_where_it_was(xen, machine):
    xen.VM_start_on(None, machine, xen.hosts[1], False, False)
    xen.VM_suspend(None, machine)
    assert (state(xen, machine), record(xen, machine)["resident_on"]) == ("Suspended", "OpaqueRef:NULL")
    xen.VM_resume(None, machine, False, True)
    assert (state(xen, machine), record(xen, machine)["resident_on"]) == ("Running", xen.hosts[1])


@pytest.mark.parametrize("call", ["VM_clean_reboot", "VM_hard_reboot"])
def test_a_reboot_makes_another_domain(xen, machine, call):
    xen.VM_start(None, machine, False, False)
    before = record(xen, machine)["domid"]
    getattr(xen, call)(None, machine)
    assert state(xen, machine) == "Running" and record(xen, machine)["domid"] != before


def test_nova_is_told_that_a_machine_to_be_rebooted_is_halted(xen, machine):
    assert failure(xen, xen.VM_hard_reboot, machine) == ["VM_BAD_POWER_STATE", machine, "running", "halted"]


@pytest.mark.parametrize("call", ["VM_pause", "VM_unpause", "VM_suspend", "VM_clean_shutdown", "VM_hard_shutdown"])
def test_a_halted_machine_has_nothing_to_stop(xen, machine, call):
    assert failure(xen, getattr(xen, call), machine)[0] == "VM_BAD_POWER_STATE"


def test_a_blocked_operation_fails(xen, machine):
    record(xen, machine)["blocked_operations"] = {"start": ""}
    assert failure(xen, xen.VM_start, machine, False, False)[0] == "OPERATION_BLOCKED"


def test_a_host_has_so_much_memory_only(xen):
    first, second = (xen.fake.machine() for _number in range(2))
    for machine in (first, second):
        record(xen, machine)["memory_static_max"] = str(50 * GIB)
    xen.VM_start_on(None, first, xen.hosts[0], False, False)
    assert failure(xen, xen.VM_start_on, second, xen.hosts[0], False, False)[0] == "HOST_NOT_ENOUGH_FREE_MEMORY"
    xen.VM_start_on(None, second, xen.hosts[1], False, False)


def test_devices_are_attached_while_a_machine_runs(xen, machine):
    network = xen.fake._create_object("network", {})
    vif = xen.fake.device("VIF", machine, device="0", network=network)
    drive = xen.fake.device("VBD", machine, VDI="OpaqueRef:NULL")
    xen.VM_start(None, machine, False, False)
    attached = [xen.fake.get_record(kind, ref)["currently_attached"] for kind, ref in (("VIF", vif), ("VBD", drive))]
    assert attached == [True, True]
    assert failure(xen, xen.VIF_destroy, vif)[0] == "OPERATION_NOT_ALLOWED"
    assert failure(xen, xen.VM_destroy, machine)[0] == "VM_BAD_POWER_STATE"
    xen.VM_clean_shutdown(None, machine)
    xen.VM_destroy(None, machine)
    assert not any(xen.fake._db_content[kind] for kind in ("VM", "VBD", "VIF"))


def test_an_interface_takes_the_first_free_device(xen, machine):
    network = xen.fake._create_object("network", {})
    vif = xen.fake.device("VIF", machine, device="0", network=network)
    assert xen.VM_get_allowed_VIF_devices(None, machine) == ["1", "2", "3", "4", "5", "6"]
    assert (xen.VM_get_VIFs(None, machine), xen.network_get_VIFs(None, network)) == ([vif], [vif])
    xen.VIF_plug(None, vif)
    assert failure(xen, xen.VIF_plug, vif) == ["DEVICE_ALREADY_ATTACHED", vif]
    xen.VIF_unplug(None, vif)
    xen.VIF_destroy(None, vif)
    assert xen.network_get_VIFs(None, network) == []
    assert xen.network_get_bridge(None, network).startswith("xapi-")
