# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ssl
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.xapi import XapiError, XapiSession


def test_a_failure_of_xenapi_has_a_code_and_details():
    error = XapiError(["HOST_IS_SLAVE", "192.0.2.1"])
    assert (error.code, error.details, str(error)) == ("HOST_IS_SLAVE", ["192.0.2.1"], "HOST_IS_SLAVE 192.0.2.1")


@pytest.mark.parametrize("tls", [None, ssl.create_default_context()], ids=["http", "https"])
def test_a_server_that_never_answers_is_given_up_in_time(mute, tls):
    session = XapiSession(f"{'https' if tls else 'http'}://127.0.0.1:{mute}", tls, 0.2)
    begin = time.monotonic()
    with pytest.raises(TimeoutError), session:
        session.login("root", "secret")
    assert time.monotonic() - begin < 5
