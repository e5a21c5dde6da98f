# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this Docker host has a journal, if containers log to it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.container_settings import created
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan

JOURNAL = "/run/systemd/journal/socket"


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    services = [service.name for service in created(plan) if service.spec.settings["log"]["driver"] == "journald"]
    if services and not os.path.exists(JOURNAL):
        yield (
            f"log.driver journald, which {who_needs(services)}, has no journal to write to on this Docker host "
            f"({JOURNAL}). Choose another log.driver in the container settings (services_container)."
        )
