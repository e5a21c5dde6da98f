# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool of simulated XenServers: nova's own fake of the XenAPI (nova/virt/xenapi/fake.py up to nova 21) that
answers as xapi does.

The fake keeps one database in its module, so each pool has a copy of that module.  What it leaves out is here:
passwords, sessions that end, slaves, and answers in the forms that XML-RPC and a Python 2 in dom0 give them.  What it
leaves out of one subject, such as disks, is in the file of that subject, whose class Pool mixes into its sessions.
"""

from __future__ import annotations

import importlib.util
import itertools
import pickle
import threading
import time
import uuid
from collections.abc import Set

from os_xenapi.client import XenAPI
from xenserver_disks import Disks
from xenserver_dom0 import Dom0
from xenserver_interfaces import Interfaces
from xenserver_machines import GIB, Machines

# Sizes that nova-compute reports as its inventory; the fake's are a few bytes.
STORAGE = {"physical_size": 500 * GIB, "physical_utilisation": 20 * GIB, "virtual_allocation": 10 * GIB}
SOFTWARE = {
    "product_brand": "XenServer",
    "product_version": "7.1.0",
    "platform_name": "XCP",
    "platform_version": "2.2.0",
}


class Pool:
    """XenServers that share storage and one master; a single one is its own master."""

    def __init__(self, hosts, staging, username, password, session_seconds):
        """hosts: list of {name, address}, master first; session_seconds: how long an unused session is kept.

        staging: dict that all pools share, of the disks that one host has sent to another.
        """
        self.master = hosts[0]["address"]
        self.account, self.session_seconds = (username, password), session_seconds
        self.lock = threading.Lock()
        self.sessions = {}
        self.names = {}
        self.fake = _fake()
        subjects = (Dom0, Machines, Disks, Interfaces, self.fake.SessionBase)
        shared = dict(fake=self.fake, lock=self.lock, names=self.names, staging=staging)
        self.session_class = type("Session", subjects, dict(shared, suspended={}, domids=itertools.count(1)))
        for kind in self.fake._CLASSES:
            self.fake.reset_table(kind)
        for host in hosts:
            self._add_host(host)
        self._add_storage()

    def _add_host(self, host):
        self.fake.create_host(host["name"], hostname=host["name"], address=host["address"], software_version=SOFTWARE)
        table = self.fake._db_content["host"]
        reference = list(table)[-1]
        self.names[reference] = host
        ident = str(uuid.uuid5(uuid.NAMESPACE_DNS, host["name"]))
        table[reference].update(
            uuid=ident, enabled=True, tags=[], other_config={}, API_version_major=2, API_version_minor=7
        )
        list(self.fake._db_content["PIF"].values())[-1].update(IP=host["address"], host=reference)
        self.fake.create_vm(
            f"Control domain on host: {host['name']}",
            "Running",
            is_control_domain=True,
            domid="0",
            resident_on=reference,
        )

    def _add_storage(self):
        """What all hosts have plugged, as the pool's default."""
        first, *others = self.names
        shared = self.fake.create_sr(name_label="Shared storage", type="nfs", shared=True, host_ref=first)
        table = self.fake._db_content
        table["SR"][shared].update({name: str(size) for name, size in STORAGE.items()})
        table["SR"][shared]["PBDs"] += [self.fake.create_pbd(host, shared, True) for host in others]
        pool = next(iter(table["pool"].values()))
        pool.update({"name_label": self.names[first]["name"], "default-SR": shared, "suspend-image-SR": shared})

    def forget_sessions(self):
        """As a xapi does that starts."""
        with self.lock:
            self.sessions.clear()

    def answer(self, address, method, params):
        """What the host at an address answers.

        Args:
            address: of the host that is asked.
            method: name, such as C(host.get_record).
            params: list, of what XML-RPC knows.

        Returns:
            what XML-RPC knows.

        Raises:
            XenAPI.Failure: its details are the ErrorDescription.
        """
        with self.lock:
            if method == "session.login_with_password":
                return self._login(address, *params[:2])
            session = self._session(params[0] if params else "")
            if method == "session.logout":
                del self.sessions[session.handle]
                session._logout()
                return ""
            if method != "host.call_plugin":
                return self._call(session, method, params)
        return self._plugin(session, *params[1:])

    def _call(self, session, method, params):
        try:
            function = getattr(session, method)
            if function is None:
                raise NotImplementedError
            return on_the_wire(function(*params))
        except NotImplementedError as error:
            raise XenAPI.Failure(["MESSAGE_METHOD_UNKNOWN", method]) from error

    def _login(self, address, *account):
        if address != self.master:
            raise XenAPI.Failure(["HOST_IS_SLAVE", self.master])
        if account != self.account:
            raise XenAPI.Failure(["SESSION_AUTHENTICATION_FAILED", account[0], "Authentication failure"])
        session = self.session_class(None)
        session._login("login_with_password", account)
        self.sessions[session.handle] = [session, time.monotonic()]
        return session.handle

    def _session(self, handle):
        now = time.monotonic()
        known = self.sessions.get(handle)
        if known is None or now - known[1] > self.session_seconds:
            self.sessions.pop(handle, None)
            raise XenAPI.Failure(["SESSION_INVALID", handle])
        known[1] = now
        return known[0]

    def _plugin(self, session, host, plugin, function, arguments):
        # xapi takes text only; what is binary in XML-RPC it refuses.
        for name, value in arguments.items():
            if not isinstance(value, str):
                raise XenAPI.Failure(["INTERNAL_ERROR", f"expected string for argument {name}"])
        prefix = f"_plugin_{plugin[: -len('.py')]}_"
        if not plugin.endswith(".py") or not any(name.startswith(prefix) for name in dir(session)):
            raise XenAPI.Failure(["XENAPI_MISSING_PLUGIN", plugin])
        handler = getattr(session, prefix + function)
        if handler is None:
            raise XenAPI.Failure(["UNKNOWN_XENAPI_PLUGIN_FUNCTION", function])
        if "params" in arguments:
            arguments["params"] = arguments["params"].encode("latin-1")
        return on_the_wire(handler(function, dict(arguments, host=host)))


def _fake():
    """A copy of the module of its own: its database is a global of it."""
    specification = importlib.util.find_spec("nova.virt.xenapi.fake")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def on_the_wire(value):
    """A value of the fake as xapi writes it: None is empty, 64-bit integers are text, and nothing is binary."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return {str(name): on_the_wire(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, Set)):
        return [on_the_wire(one) for one in value]
    if isinstance(value, bytes):
        # The fake's own pickles; those of a Python 2 are of protocol 0, which is text.
        return (pickle.dumps(pickle.loads(value), 0) if value[:1] == b"\x80" else value).decode("latin-1")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
