# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the module's options into the desired services of a swarm. Pure.

The services are those of the module containers, with a name that Swarm takes, and with a place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service, desired_services

# swarmkit: manager/controlapi/common.go. A name is a component of a DNS name.
SWARM_NAME, LONGEST_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*"), 63
OTHERS = re.compile(r"[^A-Za-z0-9]+")
DIGEST_LENGTH = 8
# Stands for the directory of the services' files in messages.
PLACE = "secrets"
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
    services = desired_services(dict(params, config_dir=PLACE))
    return [dataclasses.replace(service, container=swarm_name(service.container)) for service in services]


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
