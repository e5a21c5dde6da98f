# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network interfaces of a simulated XenServer, and the networks that they are in.  No packet passes."""

from __future__ import annotations

from os_xenapi.client import XenAPI


class Interfaces:
    """Calls of the classes VIF and network, for a session of the fake; names as the fake finds them."""

    def VM_get_VIFs(self, _session, vm):
        return self.fake.get_record("VM", vm)["VIFs"]

    def VIF_plug(self, _session, vif):
        self._switch(vif, True, "DEVICE_ALREADY_ATTACHED")

    def VIF_unplug(self, _session, vif):
        self._switch(vif, False, "DEVICE_ALREADY_DETACHED")

    def VIF_destroy(self, _session, vif):
        record = self.fake.get_record("VIF", vif)
        if record.get("currently_attached"):
            raise XenAPI.Failure(["OPERATION_NOT_ALLOWED", f"VIF '{record['uuid']}' still attached"])
        self.fake.get_record("VM", record["VM"])["VIFs"].remove(vif)
        del self.fake._db_content["VIF"][vif]

    def network_get_VIFs(self, _session, network):
        self.fake.get_record("network", network)
        return [ref for ref, record in self.fake._db_content["VIF"].items() if record["network"] == network]

    def network_get_bridge(self, _session, network):
        # The fake names no bridge where the client names none, but a XenServer does.
        record = self.fake.get_record("network", network)
        return record.setdefault("bridge", f"xapi-{record['uuid'][:8]}")

    def _switch(self, vif, attached, failure):
        record = self.fake.get_record("VIF", vif)
        if record.get("currently_attached", False) == attached:
            raise XenAPI.Failure([failure, vif])
        record["currently_attached"] = attached
