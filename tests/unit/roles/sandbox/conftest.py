# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for nova's fake of the XenAPI, whose tables the simulated XenServers keep their records in."""

from __future__ import annotations

import importlib
import itertools
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

FILES = Path(__file__).parents[4] / "roles" / "sandbox" / "files"
SUBJECTS = ("machines", "disks", "interfaces")


class Failure(Exception):
    def __init__(self, details):
        super().__init__(details)
        self.details = details


class Fake:
    """The functions of nova/virt/xenapi/fake.py that the simulator calls, with their answers."""

    def __init__(self):
        self._db_content = {kind: {} for kind in ("host", "SR", "PBD", "VDI", "VBD", "VM", "VIF", "network")}
        self.numbers = itertools.count(1)

    def get_record(self, kind, ref):
        if ref not in self._db_content[kind]:
            raise Failure(["HANDLE_INVALID", kind, ref])
        return self._db_content[kind][ref]

    def _create_object(self, kind, record):
        ref = f"{kind}-{next(self.numbers)}"
        self._db_content[kind][ref] = record
        record.update(ref=ref, uuid=f"uuid of {ref}")
        return ref

    def create_vdi(self, name_label, sr, **fields):
        known = dict(name_label=name_label, name_description="", SR=sr, read_only=False, sharable=False, type="")
        known.update(other_config={}, managed=True, VBDs=[])
        return self._create_object("VDI", {**known, **fields})

    def machine(self, **fields):
        known = dict(power_state="Halted", resident_on="", domid="-1", is_control_domain=False, blocked_operations={})
        return self._create_object("VM", dict(known, memory_static_max=str(1 << 30), VBDs=[], VIFs=[], **fields))

    def device(self, kind, machine, **fields):
        ref = self._create_object(kind, dict(VM=machine, currently_attached=False, **fields))
        self._db_content["VM"][machine][f"{kind}s"].append(ref)
        if fields.get("VDI") in self._db_content["VDI"]:
            self._db_content["VDI"][fields["VDI"]]["VBDs"].append(ref)
        return ref


@pytest.fixture
def xen(monkeypatch):
    """A session of a simulated XenServer, with two hosts and a storage repository."""
    client = ModuleType("os_xenapi.client")
    client.XenAPI = SimpleNamespace(Failure=Failure)
    monkeypatch.setitem(sys.modules, "os_xenapi", ModuleType("os_xenapi"))
    monkeypatch.setitem(sys.modules, "os_xenapi.client", client)
    monkeypatch.syspath_prepend(str(FILES / "xenserver"))
    classes = []
    for subject in SUBJECTS:
        monkeypatch.delitem(sys.modules, f"xenserver_{subject}", raising=False)
        classes.append(getattr(importlib.import_module(f"xenserver_{subject}"), subject.capitalize()))
        monkeypatch.delitem(sys.modules, f"xenserver_{subject}")
    fake = Fake()
    session = type("Session", tuple(classes), {})()
    vars(session).update(fake=fake, lock=threading.Lock(), suspended={}, domids=itertools.count(1), Failure=Failure)
    session.hosts = [fake._create_object("host", {}) for _number in range(2)]
    session.host_ref = session.hosts[0]
    session.storage = fake._create_object("SR", {})
    return session
