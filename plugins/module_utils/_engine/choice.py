# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that knows which engines there are, and that picks one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Engine,
    EngineError,
    EngineUnreachable,
    NewEngine,
    SdkUnusable,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    DOCKER_ARGUMENT_SPEC,
    connect,
    is_local,
    read_version,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.engine import PodmanEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.release import release, require_release

DOCKER, PODMAN = "docker", "podman"
# Where each listens, if nothing else is said.
SOCKETS = {DOCKER: "/var/run/docker.sock", PODMAN: "/run/podman/podman.sock"}

ENGINE_ARGUMENT_SPEC = dict(
    DOCKER_ARGUMENT_SPEC,
    engine=dict(type="str", choices=[DOCKER, PODMAN]),
    engine_to_come=dict(type="bool", default=False),
)

Opened = TypeVar("Opened")


def open_engine(params: Mapping[str, Any], check_mode: bool) -> Engine:
    """Connect to the engine of this Docker host.

    Args:
        params: dict with the keys of ENGINE_ARGUMENT_SPEC.
        check_mode: whether an engine that is missing may stand for one that is about to be installed.

    Raises:
        EngineError: there is none that can be used, or there are two.
    """
    # What is asked of it in check mode is what NewEngine answers.
    return opened(lambda: _engine(params), cast(Engine, NewEngine()), params, check_mode)


def _engine(params: Mapping[str, Any]) -> Engine:
    kind, api = connected(params)
    return PodmanEngine(api) if kind == PODMAN else DockerEngine(api)


def connected(params: Mapping[str, Any]) -> tuple[str, Any]:
    """Connect to the engine that the options name, or to the only one that answers.

    Args:
        params: as of open_engine().

    Returns:
        DOCKER or PODMAN, and docker.APIClient.

    Raises:
        EngineError: as open_engine().
    """
    wanted = params["engine"]
    placed = dict(params, docker_host=params["docker_host"] or f"unix://{SOCKETS[wanted or _only_one(params)]}")
    version = read_version(placed)
    podman = release(version)
    kind = DOCKER if podman is None else PODMAN
    if wanted not in (None, kind):
        raise EngineError(
            f"engine (services_engine) is {wanted}, but at {placed['docker_host']} answers "
            f"{'Podman ' + podman if podman else 'Docker'}. Set it to {kind}, or correct docker_host."
        )
    if podman is not None:
        require_release(podman)
    return kind, connect(placed, version)


def _only_one(params: Mapping[str, Any]) -> str:
    """The engine whose socket answers; Docker if none does."""
    answering = [kind for kind in SOCKETS if _answers(kind, params)]
    # Podman's package for Docker's command line makes one socket a link to the other.
    if len({os.path.realpath(SOCKETS[kind]) for kind in answering}) > 1:
        raise EngineError(
            "Two engines answer on this Docker host: "
            + " and ".join(f"{kind.capitalize()} at {SOCKETS[kind]}" for kind in answering)
            + f". Set engine (services_engine) to {DOCKER} or {PODMAN}."
        )
    return answering[0] if answering else DOCKER


def _answers(kind: str, params: Mapping[str, Any]) -> bool:
    if not os.path.exists(SOCKETS[kind]):
        return False
    try:
        read_version(dict(params, docker_host=f"unix://{SOCKETS[kind]}"))
    except EngineUnreachable:
        return False
    return True


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
    return not params["docker_host"] or is_local(params)
