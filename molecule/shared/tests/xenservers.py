# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated XenServers: what they have, and what can be made wrong with them."""

from __future__ import annotations

import json
import ssl
import xmlrpc.client
from pathlib import Path

DIRECTORY = Path("/var/lib/novafleet/sandbox/xenserver")
FAULTS = DIRECTORY / "faults.json"
MISSING = ["XENAPI_MISSING_PLUGIN", "xenhost.py"]
# As a plugin of dom0 tells it: a pickle of Python 2.
OLD_VERSION = "S'1.8'\np0\n."


def address(number):
    return f"127.78.0.{number}"


def set_faults(faults):
    """Replace all that is wrong.

    Args:
        faults: dict, address to what roles/sandbox/files/xenserver/xenserver.py takes.
    """
    FAULTS.write_text(json.dumps(faults))


class Xapi:
    """The master of a pool, asked by a client that shares no code with nova's."""

    def __init__(self, number, account):
        self.account = (account["connection_username"], account["connection_password"])
        tls = ssl.create_default_context(cafile=str(DIRECTORY / "ca.pem"))
        self.server = xmlrpc.client.ServerProxy(f"https://{address(number)}/", context=tls)

    def call(self, method, *arguments):
        """The Value of a call in a session of its own: sessions end soon in this scenario."""
        session = self._value("session.login_with_password", *self.account)
        try:
            return self._value(method, session, *arguments)
        finally:
            self._value("session.logout", session)

    def _value(self, method, *arguments):
        answer = getattr(self.server, method)(*arguments)
        assert answer["Status"] == "Success", (method, answer["ErrorDescription"])
        return answer["Value"]

    def instances(self):
        """Uuid of nova's instance to the record of its virtual machine."""
        records = self.call("VM.get_all_records").values()
        ours = [one for one in records if "nova_uuid" in one.get("other_config", {})]
        return {one["other_config"]["nova_uuid"]: one for one in ours if not one["name_label"].endswith("-rescue")}

    def machines(self):
        """Uuid of nova's instance to the name of the XenServer that runs it, or to None if none does."""
        names = {ref: host["name_label"] for ref, host in self.call("host.get_all_records").items()}
        return {ident: names.get(machine["resident_on"]) for ident, machine in self.instances().items()}

    def disks(self):
        """Records of the disks, but for those of images that nova keeps for the next boot."""
        return [one for one in self.call("VDI.get_all_records").values() if not one["name_label"].startswith("Glance")]
