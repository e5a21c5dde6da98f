# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the module's options into the desired services of a swarm. Pure.

The services are those of the module containers, with a name that Swarm takes, and with a place.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import (
    RunRefused,
    Service,
    desired_services,
)

# swarmkit: manager/controlapi/common.go. A name is a component of a DNS name.
SWARM_NAME, LONGEST_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*"), 63
OTHERS = re.compile(r"[^A-Za-z0-9]+")
DIGEST_LENGTH = 8
# Stands for the directory of the services' files in messages.
PLACE = "secrets"
# swarmkit: manager/constraint. No node matches another key.
CONSTRAINT = re.compile(
    r"\s*(node\.(id|hostname|ip|role|platform\.(os|arch)|labels\.[a-z0-9_.-]+)|engine\.labels\.[a-z0-9_.-]+)\s*"
    r"[=!]=\s*[a-z0-9:_\s.*()?+\[\]\\^$|/-]+",
    re.IGNORECASE,
)
MEBIBYTE = 1024**2


@dataclass(frozen=True)
class Place:
    """Where Swarm may run a service.

    Attributes:
        node: host name of the only node; "" for any.
        constraints: of Swarm.
        reserve_bytes: memory that Swarm reserves.
    """

    node: str = ""
    constraints: tuple[str, ...] = ()
    reserve_bytes: int = 0

    @property
    def all_constraints(self) -> tuple[str, ...]:
        return (*([f"node.hostname=={self.node}"] if self.node else []), *self.constraints)


def desired(params: Mapping[str, Any]) -> list[Service]:
    """The services as the module containers makes them of the options.

    Args:
        params: dict with the keys of SWARM_ARGUMENT_SPEC.

    Raises:
        RunRefused: with every problem found in the options.
    """
    problems = [*_pins(params), *_constraints(params)]
    try:
        services = desired_services(dict(params, config_dir=PLACE))
    except RunRefused as error:
        raise RunRefused([*error.problems, *problems]) from None
    if problems:
        raise RunRefused(problems)
    return [dataclasses.replace(service, container=swarm_name(service.container)) for service in services]


def _pins(params: Mapping[str, Any]) -> Iterator[str]:
    """Pins that would be ignored."""
    names = [entry["name"] for entry in params["services"]]
    for service, node in sorted(params["pins"].items(), key=str):
        if service not in names and params["state"] == "present":
            close = difflib.get_close_matches(str(service), names, n=1)
            cure = f"Did you mean {close[0]}?" if close else "Remove it."
            yield f"pins.{service}: is not one of the services. {cure}"
        elif not isinstance(node, str) or not node.strip():
            yield f"pins.{service}: {node!r} is not a host name of a node. Write one, or leave the pin out."


def _constraints(params: Mapping[str, Any]) -> Iterator[str]:
    for constraint in params["constraints"]:
        if not CONSTRAINT.fullmatch(constraint):
            yield (
                f"constraints: {constraint!r} is not a constraint of Swarm. Write one such as node.labels.rack==1, "
                "with == or !=, of node.id, node.hostname, node.ip, node.role, node.platform.os, node.platform.arch, "
                "node.labels.NAME or engine.labels.NAME."
            )


def places(params: Mapping[str, Any]) -> dict[str, Place]:
    """Service -> where it may run."""
    return {
        entry["name"]: Place(
            str(params["pins"].get(entry["name"]) or ""),
            tuple(params["constraints"]),
            (entry["memory_mb"] or params["memory_per_service_mb"]) * MEBIBYTE,
        )
        for entry in params["services"]
    }


def swarm_name(name: str) -> str:
    """A name that Swarm takes: the same one if possible, otherwise one with a digest that keeps it unique."""
    if SWARM_NAME.fullmatch(name) and len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST_LENGTH]
    stem = OTHERS.sub("-", name)[: LONGEST_NAME - DIGEST_LENGTH - 1].strip("-")
    return f"{stem}-{digest}"
