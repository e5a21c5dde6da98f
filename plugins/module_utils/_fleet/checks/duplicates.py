# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a service runs more than once."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._contract import STOPPED
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    for name in plan.wanted:
        running = sorted(each.name for each in plan.ours.get(name, ()) if each.state not in STOPPED)
        if len(running) > 1:
            yield (
                f"service {name}: {len(running)} running containers claim it ({', '.join(running)}); "
                "two nova-computes under one service host corrupt each other. Stop all but one by hand."
            )
