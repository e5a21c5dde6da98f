# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks before any change whether the engine accepts the containers that the run will create.

The engine's version, configuration and plug-ins decide which log options, capabilities, limits and
name spaces it accepts. So the check asks the engine about one container of each kind.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    ContainerSpec,
    Engine,
    EngineError,
    Rejected,
    Unanswered,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.read import TO_COME

CREATING = frozenset(["create", "recreate"])
OTHER_FIX = "Correct the container settings (services_container)."


def problems(plan: Plan, host: Host) -> Iterator[str]:
    """Raises:
    Unanswered: the engine does not answer.
    """
    refused: dict[str, tuple[Rejected, list[str]]] = {}
    for spec, services in _kinds(created(plan)):
        rejection = _rejection(host.engine, spec)
        if rejection:
            refused.setdefault(rejection.reason, (rejection, []))[1].extend(services)
    for rejection, services in refused.values():
        yield (
            f"container settings, which {who_needs(services)}, are refused by this Docker host's engine: "
            f"{rejection.reason.strip().rstrip('.')}. {rejection.fix or OTHER_FIX}"
        )


def created(plan: Plan) -> list[Service]:
    """Services whose containers the plan creates.

    A missing image has a check of its own, so its services are left out.
    """
    creating = [step.desired for step in plan.steps if step.action in CREATING and step.desired]
    return [each for each in creating if plan.actual.image_ids.get(each.image) not in (None, TO_COME)]


def _kinds(services: Iterable[Service]) -> list[tuple[ContainerSpec, list[str]]]:
    """Settings of containers without the parts that differ for each service, each with the names of its services."""
    kinds: dict[str, tuple[ContainerSpec, list[str]]] = {}
    for service in services:
        spec = service.spec
        # The engine does not check command and variables.
        settings = {key: value for key, value in spec.settings.items() if key not in ("environment", "labels")}
        kind = json.dumps([spec.image, settings], sort_keys=True)
        kinds.setdefault(kind, (_common(spec), []))[1].append(service.name)
    return list(kinds.values())


def _common(spec: ContainerSpec) -> ContainerSpec:
    """Without labels, so that the container does not count as one of the fleet.

    Without files, as they do not exist yet.
    """
    return dataclasses.replace(spec, settings={**spec.settings, "labels": {}}, files="", fleet="", service="")


def _rejection(engine: Engine, spec: ContainerSpec) -> Rejected | None:
    try:
        engine.rehearse(spec)
    except Rejected as error:
        return error
    except Unanswered:
        raise
    except EngineError:
        # For example a full disk: each service reports that itself.
        return None
    return None
