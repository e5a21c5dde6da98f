# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base, choice
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("to_come", [True, False])
def test_only_a_check_run_takes_an_engine_for_one_that_is_to_come(params, check_mode, to_come):
    params = dict(params, docker_host="unix:///nowhere/docker.sock", engine_to_come=to_come)
    new = base.NewEngine()
    if check_mode and to_come:
        assert choice.opened(lambda: connect(params), new, params, check_mode) is new
        assert (new.containers(), new.image_ids(["a"]), new.security()) == ([], {"a": None}, set())
        return
    with pytest.raises(base.EngineUnreachable):
        choice.opened(lambda: connect(params), new, params, check_mode)


def test_an_engine_that_is_too_old_is_not_one_that_is_to_come(server, params):
    server.answers[:] = [("/version", 200, {"ApiVersion": "1.24"})]
    with pytest.raises(base.EngineError, match="or newer"):
        choice.opened(lambda: connect(params), None, dict(params, engine_to_come=True), True)
