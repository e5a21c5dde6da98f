# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the state of the Docker host: the engine's list and the services' files."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Engine
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import DISRUPTIVE, Actual, Step

# Stands for the id of an image that will be built.
TO_COME = "to come"


def read(engine: Engine, store: FileStore, services: Sequence[Service], images_to_come: Collection[str] = ()) -> Actual:
    """Read engine and file system, with one request for all containers and one for each image.

    Args:
        engine: of this Docker host.
        store: the services' files.
        services: what is wanted.
        images_to_come: images that will be built before the run, so that their ids will be new.

    Raises:
        EngineError: the engine does not answer.
        OSError: the directory of the services' files cannot be read.
    """
    image_ids = engine.image_ids(service.image for service in services if service.image)
    # OCI runtimes of the engine. The engine is only asked if a service does not use the default runtime.
    other_runtimes = any(service.spec.settings["runtime"] for service in services)
    return Actual(
        containers=engine.containers(verify=True),
        image_ids={name: TO_COME if name in images_to_come else ident for name, ident in image_ids.items()},
        files=store.read_all(),
        digests={service.name: engine.digest(service.spec) for service in services},
        runtimes=engine.runtimes() if other_runtimes else None,
    )


def with_parts(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Add the role of their containers to steps.

    Only steps that need it get it, as it costs a look at all processes.
    """
    matters = {
        step.service: step.container.id
        for step in steps
        if step.action in DISRUPTIVE and step.container is not None and step.container.state == "running"
    }
    if not matters:
        return tuple(steps)
    groups = cgroups.Groups()
    return tuple(
        dataclasses.replace(step, part=groups.part(matters[step.service])) if step.service in matters else step
        for step in steps
    )
