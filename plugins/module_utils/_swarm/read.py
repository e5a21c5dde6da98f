# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the state of a swarm, with a number of requests that does not depend on the number of services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE, LABEL_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container, EngineError, Unanswered
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.body import Wish, has_settings
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Node, SwarmService
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Actual
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.desired import Place
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.stored import StoredFiles

# Stand for digests of settings, as the plan compares them.
AS_WANTED, OTHER = "as wanted", "other"


@dataclass(frozen=True)
class SwarmState:
    """The swarm as found.

    Attributes:
        nodes: of the swarm.
        services: id -> each of its services, also those that this collection does not manage.
        networks: name -> id, of those that services need and the swarm has.
        wishes: service -> what it should be.
        images: image -> why its registry does not have it.
        actual: the same for the plan.
    """

    nodes: Sequence[Node]
    services: Mapping[str, SwarmService]
    networks: Mapping[str, str]
    wishes: Mapping[str, Wish]
    images: Mapping[str, str]
    actual: Actual


def read_swarm(
    calls: SwarmCalls,
    stored: StoredFiles,
    fleet: str,
    wanted: Sequence[Service],
    places: Mapping[str, Place],
    settings: Mapping[str, Any],
) -> SwarmState:
    """Read the swarm.

    Args:
        calls: of a manager.
        stored: the fleet's files, which this reads.
        fleet: name.
        wanted: the services.
        places: service -> where it may run.
        settings: container settings of the whole call.

    Raises:
        EngineError: the manager does not answer.
    """
    services = {service.id: service for service in calls.services()}
    names = {service.spec.settings["network_mode"] for service in wanted}
    networks = {name: ident for name in sorted(names) if (ident := calls.network(name))}
    stored.read()
    images, unknown = _images(calls, wanted)
    wishes = {service.name: _wish(service, images, networks, places[service.name]) for service in wanted}
    ours = {service.labels.get(LABEL_SERVICE): service for service in services.values() if _is_ours(service, fleet)}
    targets = {service.name: service.spec.settings["files_target"] for service in wanted}
    actual = Actual(
        containers=[_container(service, wishes, fleet) for service in services.values()],
        image_ids=images,
        files={
            name: stored.directory(service, targets.get(name, settings["files_target"]))
            for name, service in ours.items()
            if name and service.files
        },
        digests=dict.fromkeys(wishes, AS_WANTED),
    )
    return SwarmState(calls.nodes(), services, networks, wishes, unknown, actual)


def _images(calls: SwarmCalls, wanted: Sequence[Service]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Image -> the same with its digest, or None; and why it is None."""
    images: dict[str, str | None] = {}
    unknown: dict[str, str] = {}
    for name in sorted({service.image for service in wanted if service.image}):
        try:
            images[name] = name if "@sha256:" in name else f"{name}@{calls.digest(name)}"
        except Unanswered:
            raise
        except EngineError as error:
            images[name], unknown[name] = None, str(error)
    return images, unknown


def _wish(service: Service, images: Mapping[str, str | None], networks: Mapping[str, str], place: Place) -> Wish:
    return Wish(
        name=service.container,
        spec=service.spec,
        image=images.get(service.image) or service.image,
        network=networks.get(service.spec.settings["network_mode"], ""),
        constraints=place.all_constraints,
        reserve_bytes=place.reserve_bytes,
    )


def _is_ours(service: SwarmService, fleet: str) -> bool:
    return service.labels.get(LABEL_FLEET) == fleet and LABEL_SERVICE in service.labels


def _container(service: SwarmService, wishes: Mapping[str, Wish], fleet: str) -> Container:
    """The service as the plan sees it: as if it were the container that runs it."""
    labels = dict(service.labels)
    wish = wishes.get(labels.get(LABEL_SERVICE, ""))
    if wish and _is_ours(service, fleet):
        labels[LABEL_SPEC] = AS_WANTED if has_settings(wish, service) else OTHER
    return Container(
        id=service.id,
        name=service.name,
        image=service.image,
        image_id=service.image,
        # The plan starts what is scaled to nothing. Swarm itself starts what ended.
        state="running" if service.replicas else "exited",
        labels=labels,
    )
