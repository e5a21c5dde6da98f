# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters for what playbooks do with answers of the collection's modules; the logic is in plugin_utils.

All else that the role services decides is in its actions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import answers, registered
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers import registry
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import compare, table


class FilterModule:
    """The filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return dict(
            # Whether a registered answer can be relied on, and why not: for every playbook that reads one.
            cause=registered.cause,
            host_problems=answers.host_problems,
            unusable=registered.unusable,
            # The inventory groups of all drivers.
            target_groups=registry.group_names,
            # What runs where.
            services_by_host=answers.services_by_host,
            # Comparisons and reports of one's own.
            status=compare.status,
            status_cells=table.status_cells,
            status_text=table.status_text,
            table=table.table,
        )
