# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts containers, also where an earlier start on a full disk has left something in the way."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors

# What a start that failed on a full disk leaves behind, until the engine is restarted.
# moby: libnetwork/network.go, CreateEndpoint
STALE_ENDPOINT = re.compile(r"endpoint with name (\S+) already exists in network host\b")


def start(api: Any, ident: str) -> None:
    """As Engine.start() says; api: docker.APIClient."""
    try:
        _start(api, ident)
    except EngineError as error:
        _start_despite(api, ident, error)


def restart(api: Any, ident: str, timeout: int) -> None:
    """As Engine.restart() says; api: docker.APIClient."""
    # Where it fails for what is left in the network, it has stopped already.
    try:
        with typed_errors(f"restart container {ident}"):
            api.restart(ident, timeout=timeout)
    except EngineError as error:
        _start_despite(api, ident, error)


def _start(api: Any, ident: str) -> None:
    with typed_errors(f"start container {ident}"):
        api.start(ident)


def _start_despite(api: Any, ident: str, error: EngineError) -> None:
    """Start it again, if it failed for what an earlier start has left in the engine's list of the host network."""
    stale = STALE_ENDPOINT.search(str(error))
    if not stale:
        raise error
    # Of the host network only, where an endpoint is a note and no connection.
    with typed_errors(f"take {stale.group(1)} off the engine's list of the host network"):
        api.disconnect_container_from_network(stale.group(1), "host", force=True)
    _start(api, ident)
