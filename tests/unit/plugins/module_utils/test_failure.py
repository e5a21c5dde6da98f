# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause


def raised(error):
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_what_may_happen_is_told_as_it_is():
    assert cause(raised(EngineError("The engine is away. Start it."))) == "The engine is away. Start it."
    assert cause(raised(OSError(errno.ENOSPC, "No space left on device", "/etc/x"))) == (
        "[Errno 28] No space left on device: '/etc/x'"
    )


def test_an_error_without_a_text_is_named():
    assert cause(OSError()) == "OSError"
    assert cause(EngineError()) == "EngineError"


def test_anything_else_is_a_fault_and_says_where():
    text = cause(raised(KeyError("msg")))
    assert text.startswith("unexpected error KeyError: 'msg' (test_failure.py, line ")
    assert "fault of novafleet.compute" in text
