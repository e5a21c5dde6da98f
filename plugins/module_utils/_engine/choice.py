# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that knows which engines there are, and that picks one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Engine,
    EngineUnreachable,
    NewEngine,
    SdkUnusable,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    DOCKER_ARGUMENT_SPEC,
    connect,
    is_local,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine

ENGINE_ARGUMENT_SPEC = dict(DOCKER_ARGUMENT_SPEC, engine_to_come=dict(type="bool", default=False))

Opened = TypeVar("Opened")


def open_engine(params: Mapping[str, Any], check_mode: bool) -> Engine:
    """Connect to the engine of this Docker host.

    Args:
        params: dict with the keys of ENGINE_ARGUMENT_SPEC.
        check_mode: whether an engine that is missing may stand for one that is about to be installed.

    Raises:
        EngineError: there is none that can be used.
    """
    # What is asked of it in check mode is what NewEngine answers.
    return opened(lambda: DockerEngine(connect(params)), cast(Engine, NewEngine()), params, check_mode)


def opened(opens: Callable[[], Opened], absent: Opened, params: Mapping[str, Any], check_mode: bool) -> Opened:
    """What C(opens) returns; in check mode, what stands for an engine that is about to be installed.

    Args:
        opens: function that connects.
        absent: returned where there is no usable library or engine yet, and engine_to_come says that they will be.
        params, check_mode: as of open_engine().
    """
    try:
        return opens()
    except (SdkUnusable, EngineUnreachable):
        if not (check_mode and params["engine_to_come"]):
            raise
        return absent


def is_here(params: Mapping[str, Any]) -> bool:
    """Whether the engine certainly runs on this machine, so that its containers take this machine's memory."""
    return is_local(params)
