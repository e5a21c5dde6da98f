# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ssl
import sys
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import vsphere


def test_a_server_that_never_answers_is_given_up_in_time(mute):
    begin = time.monotonic()
    with pytest.raises(TimeoutError), vsphere.session(
        "127.0.0.1", mute, ("user", "secret"), ssl.create_default_context(), 0.2
    ):
        pass
    assert time.monotonic() - begin < 5


def test_an_old_pyvmomi_has_nothing_that_bounds_an_answer():
    class Stub:
        """SoapStubAdapter of pyVmomi 6.7."""

        def __init__(self, host):
            pass

    newer = vsphere.pyvmomi().SoapAdapter.SoapStubAdapter
    assert vsphere._bounded(newer, 7) == dict(httpConnectionTimeout=7)
    assert vsphere._bounded(Stub, 7) == {}


def test_a_library_that_cannot_be_loaded_is_told(monkeypatch):
    assert vsphere.missing() is None
    monkeypatch.setitem(sys.modules, "pyVmomi.SoapAdapter", None)
    assert "pyVmomi.SoapAdapter" in str(vsphere.missing())
