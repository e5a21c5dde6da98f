# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the engine has the OCI runtimes that services request."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    known = plan.actual.runtimes
    unknown: dict[str, list[str]] = {}
    for service in plan.wanted.values() if known is not None else ():
        runtime = service.spec.settings["runtime"]
        if runtime and runtime not in (known or ()):
            unknown.setdefault(runtime, []).append(service.name)
    for runtime, services in sorted(unknown.items()):
        yield (
            f"runtime {runtime}, which {who_needs(services)}, is not known to this Docker host's engine. Register it "
            "first (that of the density profile: role novafleet.compute.docker_host with "
            "docker_host_density: true), or correct its name."
        )
