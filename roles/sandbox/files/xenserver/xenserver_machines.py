# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual machines of a simulated XenServer: on which host each of them runs, and its power states."""

from __future__ import annotations

from os_xenapi.client import XenAPI

NULL = "OpaqueRef:NULL"
GIB = 1 << 30
# Sizes that nova-compute reports as its inventory; the fake's are a few bytes.
MEMORY = {"total": 64 * GIB, "overhead": GIB, "free": 60 * GIB, "free-computed": 58 * GIB}
HALTED, RUNNING, PAUSED, SUSPENDED = "Halted", "Running", "Paused", "Suspended"


class Machines:
    """Calls of the class VM, for a session of the fake; names as the fake finds them."""

    def VM_start(self, _session, vm, paused, _force):
        self._allowed(vm, "start", HALTED)
        self._run(vm, self.host_ref, paused)

    def VM_start_on(self, _session, vm, host, paused, _force):
        self._allowed(vm, "start_on", HALTED)
        self._run(vm, host, paused)

    def VM_resume(self, _session, vm, paused, _force):
        self._allowed(vm, "resume", SUSPENDED)
        self._run(vm, self.suspended.pop(vm), paused)

    def VM_pause(self, _session, vm):
        self._allowed(vm, "pause", RUNNING)["power_state"] = PAUSED

    def VM_unpause(self, _session, vm):
        self._allowed(vm, "unpause", PAUSED)["power_state"] = RUNNING

    def VM_clean_reboot(self, _session, vm):
        self._reboot(self._allowed(vm, "clean_reboot", RUNNING))

    def VM_hard_reboot(self, _session, vm):
        self._reboot(self._allowed(vm, "hard_reboot", RUNNING, PAUSED))

    def VM_clean_shutdown(self, _session, vm):
        self._halt(self._allowed(vm, "clean_shutdown", RUNNING), HALTED)

    def VM_hard_shutdown(self, _session, vm):
        self._halt(self._allowed(vm, "hard_shutdown", RUNNING, PAUSED, SUSPENDED), HALTED)
        self.suspended.pop(vm, None)

    def VM_suspend(self, _session, vm):
        record = self._allowed(vm, "suspend", RUNNING)
        self.suspended[vm] = record["resident_on"]
        self._halt(record, SUSPENDED)

    def VM_destroy(self, _session, vm):
        record = self._allowed(vm, "destroy", HALTED)
        for vbd in tuple(record["VBDs"]):
            self.VBD_destroy(None, vbd)
        for vif in tuple(record["VIFs"]):
            self.VIF_destroy(None, vif)
        del self.fake._db_content["VM"][vm]

    def VM_get_allowed_VIF_devices(self, _session, vm):
        taken = {vif["device"] for vif in self._devices(vm, "VIF")}
        return [device for device in map(str, range(7)) if device not in taken]

    def host_compute_free_memory(self, _session, host):
        there = [vm for vm in self.fake._db_content["VM"].values() if vm["resident_on"] == host]
        return MEMORY["free-computed"] - sum(
            int(vm["memory_static_max"]) for vm in there if not vm["is_control_domain"]
        )

    def _allowed(self, vm, operation, *states):
        """The record of a machine that is in one of the states, and whose operation is not blocked."""
        record = self.fake.get_record("VM", vm)
        if operation in record["blocked_operations"]:
            raise XenAPI.Failure(["OPERATION_BLOCKED", vm, record["blocked_operations"][operation]])
        if record["power_state"] not in states:
            raise XenAPI.Failure(["VM_BAD_POWER_STATE", vm, states[0].lower(), record["power_state"].lower()])
        return record

    def _run(self, vm, host, paused):
        record = self.fake.get_record("VM", vm)
        self.fake.get_record("host", host)
        needed, free = int(record["memory_static_max"]), self.host_compute_free_memory(None, host)
        if needed > free:
            raise XenAPI.Failure(["HOST_NOT_ENOUGH_FREE_MEMORY", needed, free])
        record.update(power_state=PAUSED if paused else RUNNING, resident_on=host, domid=str(next(self.domids)))
        self._attach(vm, True)

    def _reboot(self, record):
        record.update(power_state=RUNNING, domid=str(next(self.domids)))

    def _halt(self, record, state):
        record.update(power_state=state, resident_on=NULL, domid="-1")
        self._attach(record["ref"], False)

    def _attach(self, vm, attached):
        for kind in ("VBD", "VIF"):
            for device in self._devices(vm, kind):
                device["currently_attached"] = attached

    def _devices(self, vm, kind):
        """The records of the VBDs or the VIFs of a machine."""
        return [self.fake.get_record(kind, ref) for ref in self.fake.get_record("VM", vm)[f"{kind}s"]]
