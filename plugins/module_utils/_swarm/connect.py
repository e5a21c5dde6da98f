# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to the manager of a swarm that runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import DOCKER, connected
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls


def swarm_calls(params: Mapping[str, Any]) -> SwarmCalls:
    """Connect to the manager that this machine's engine is.

    Raises:
        EngineError: it does not answer, or is not a manager.
    """
    if params["engine"] not in (None, DOCKER):
        raise EngineError(f"engine: {params['engine']} has no Swarm. Set it to {DOCKER}.")
    _kind, api = connected(dict(params, engine=DOCKER))
    calls = SwarmCalls(api)
    calls.require_manager()
    return calls
