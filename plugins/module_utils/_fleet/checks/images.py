# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the images are there."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    missing: dict[str, list[str]] = {}
    for service in plan.wanted.values():
        if plan.actual.image_ids.get(service.image) is None:
            missing.setdefault(service.image, []).append(service.name)
    for image, services in sorted(missing.items()):
        yield (
            f"image {image}, which {who_needs(services)}, is not on this Docker host. Deliver it first (role "
            "novafleet.compute.nova_image), or correct its name."
        )
