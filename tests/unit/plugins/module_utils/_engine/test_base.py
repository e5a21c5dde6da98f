# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine

CALLS = sorted(name for name in vars(base.Engine) if not name.startswith("_"))


@pytest.mark.parametrize("call", CALLS)
def test_the_engine_of_the_tests_offers_what_dockers_does(engine, call):
    """The tests of the fan-out would not notice a call that has changed."""
    expected = list(inspect.signature(getattr(base.Engine, call)).parameters)
    assert list(inspect.signature(getattr(DockerEngine, call)).parameters) == expected
    assert ["self", *inspect.signature(getattr(engine, call)).parameters] == expected
