# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks before a run changes anything in a swarm. Each is a function, and a line in CHECKS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Engine, NewEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.refusals import refusals
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import directories, pruning
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.desired import MEBIBYTE, Place
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.read import SwarmState


@dataclass(frozen=True)
class Planned:
    """What checks look at.

    Attributes:
        plan: what is about to be done.
        state: the swarm.
        places: service -> where it may run.
        params: the module's options.
        api: version of the manager's API.
    """

    plan: Plan
    state: SwarmState
    places: Mapping[str, Place]
    params: Mapping[str, Any]
    api: tuple[int, ...]


def swarm_problems(planned: Planned) -> list[str]:
    """All problems that forbid carrying out the plan, in check mode and outside it."""
    return [problem for check in CHECKS for problem in check(planned)]


def _images(planned: Planned) -> Iterator[str]:
    for image, reason in planned.state.images.items():
        users = [service.name for service in planned.plan.wanted.values() if service.image == image]
        if users:
            yield (
                f"image {image}, which {who_needs(users)}, is not known to its registry: {reason.strip().rstrip('.')}. "
                "Push it to a registry that all nodes reach, or name it with its digest (name@sha256:...)."
            )


def _settings(planned: Planned) -> Iterator[str]:
    """Settings that Swarm lacks, once for all services that have them."""
    refused: dict[str, list[str]] = {}
    kinds: dict[str, list[str]] = {}
    for service in planned.plan.wanted.values():
        kind = json.dumps(service.spec.settings, sort_keys=True)
        if kind not in kinds:
            kinds[kind] = refusals(service.spec.settings, planned.api)
        for problem in kinds[kind]:
            refused.setdefault(problem, []).append(service.name)
    for problem, services in refused.items():
        yield f"container settings, which {who_needs(services)}: {problem}"


def _networks(planned: Planned) -> Iterator[str]:
    missing: dict[str, list[str]] = {}
    for service in planned.plan.wanted.values():
        name = service.spec.settings["network_mode"]
        if name not in planned.state.networks:
            missing.setdefault(name, []).append(service.name)
    for name, services in sorted(missing.items()):
        yield (
            f"network_mode: {name}, which {who_needs(services)}, is not a network of this swarm. Set it to host, or to "
            "the name of an overlay network."
        )


def _names(planned: Planned) -> Iterator[str]:
    holders = {container.name: container for container in planned.plan.actual.containers}
    ours = {container.id for containers in planned.plan.ours.values() for container in containers}
    for service in planned.plan.wanted.values():
        holder = holders.get(service.container)
        if holder is not None and holder.id not in {one.id for one in planned.plan.ours.get(service.name, ())}:
            owner = (
                "another service of the fleet"
                if holder.id in ours
                else "a service that this collection does not manage"
            )
            yield (
                f"service {service.name}: the name {service.container} is taken by {owner}. Remove that service, or "
                "choose another container_prefix."
            )


def _renamed(planned: Planned) -> Iterator[str]:
    for name, service in planned.plan.wanted.items():
        others = [one.name for one in planned.plan.ours.get(name, ()) if one.name != service.container]
        if others:
            yield (
                f"service {name}: it is service {', '.join(others)} of the swarm, which cannot be renamed to "
                f"{service.container}. Set container_prefix back, or remove the service first."
            )


def _nodes(planned: Planned) -> Iterator[str]:
    known = {node.hostname for node in planned.state.nodes}
    for name in planned.plan.wanted:
        node = planned.places[name].node
        if node and node not in known:
            yield f"service {name}: node {node} is not in this swarm. It has {', '.join(sorted(known))}."


def _memory(planned: Planned) -> Iterator[str]:
    """Whether the memory of all nodes is enough for all services together. Swarm itself places them."""
    reserve = planned.params["memory_reserve_mb"]
    nodes = [node for node in planned.state.nodes if node.usable]
    there = sum(max(0, node.memory_bytes // MEBIBYTE - reserve) for node in nodes)
    need = sum(planned.places[name].reserve_bytes for name in planned.plan.wanted) // MEBIBYTE
    if need > there and any(step.action == "create" for step in planned.plan.steps):
        yield (
            f"memory: {len(planned.plan.wanted)} services need {need} MB (memory_per_service_mb). The {len(nodes)} "
            f"usable nodes have {there} MB, without {reserve} MB on each (memory_reserve_mb). Add a node or memory. If "
            "it is the figure that is wrong, set it; 0 reserves nothing."
        )


def _of_every_engine(planned: Planned) -> Iterator[str]:
    # These checks look at the plan and the options only.
    host = Host(cast(Engine, NewEngine()), planned.params, False)
    for check in (directories.problems, pruning.problems):
        yield from check(planned.plan, host)


CHECKS = (_images, _settings, _networks, _names, _renamed, _nodes, _memory, _of_every_engine)
