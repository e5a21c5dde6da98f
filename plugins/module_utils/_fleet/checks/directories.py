# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this fleet may write the services' directories."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import Directory
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    for step in plan.steps:
        directory = plan.actual.files.get(step.service)
        # Its files, which hold passwords, would stay, and the container of the service would not.
        if step.action == "remove" and directory is not None and directory.problem:
            yield _unreadable(step.service, directory, plan)
    for service in plan.wanted.values():
        directory = plan.actual.files.get(service.name)
        if directory is not None and service.files:
            yield from _of_service(service, directory, plan)


def _of_service(service: Service, directory: Directory, plan: Plan) -> Iterator[str]:
    path = f"{plan.config_dir}/{service.name}"
    if directory.problem:
        yield _unreadable(service.name, directory, plan)
        return
    if directory.fleet != plan.fleet:
        owner = f"belongs to fleet {directory.fleet}" if directory.fleet else "was not made by novafleet.compute"
        yield f"service {service.name}: {path} {owner}. Move it away, or choose another config_dir."
        return
    for item in service.files:
        present = directory.files.get(item.path)
        if item.immutable and present and present[0] != item.sha256:
            yield (
                f"service {service.name}: {path}/{item.path} has another identity than the one requested, and the "
                "identity of a service must never change. Set the variable back, or retire the service first."
            )


def _unreadable(service: str, directory: Directory, plan: Plan) -> str:
    return f"service {service}: {directory.problem}. Repair it, or move {plan.config_dir}/{service} away."
