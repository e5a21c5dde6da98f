# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether pruning would remove the whole fleet."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan


def problems(plan: Plan, _host: Host) -> Iterator[str]:
    if plan.prune and plan.owned and not plan.wanted:
        yield (
            f"fleet {plan.fleet}: prune with an empty list of services would remove all {len(plan.owned)}. "
            "To remove them, set state: absent and all: true. Otherwise find out why the list is empty."
        )
