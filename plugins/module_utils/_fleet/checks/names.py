# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether names of containers are taken."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE, NEXT_SUFFIX
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    holders = {container.name: container for container in plan.actual.containers}
    for service in plan.wanted.values():
        for name in (service.container, service.container + NEXT_SUFFIX):
            holder = holders.get(name)
            if holder is None:
                continue
            if (holder.labels.get(LABEL_FLEET), holder.labels.get(LABEL_SERVICE)) != (plan.fleet, service.name):
                yield (
                    f"service {service.name}: the name {name} is taken by a container that is not this service's "
                    f"({holder.id[:12]}, image {holder.image}). "
                    "Rename or remove that container, or choose another container_prefix."
                )
