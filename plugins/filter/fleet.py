# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that the roles and playbooks decide with; the logic is in plugin_utils."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import (
    answers,
    assign,
    claims,
    findings,
    registered,
    waves,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import compare, table


class FilterModule:
    """The filters of the collection."""

    def filters(self):
        return dict(
            assign=assign.assign,
            cause=registered.cause,
            check_problems=findings.check_problems,
            check_warnings=findings.check_warnings,
            claimed_twice=claims.claimed_twice,
            compute_ids=answers.compute_ids,
            desired_services=assign.desired_services,
            foreign_problems=answers.foreign_problems,
            host_problems=answers.host_problems,
            identity_problems=answers.identity_problems,
            move_waves=assign.move_waves,
            not_verified=answers.not_verified,
            services_by_host=answers.services_by_host,
            status=compare.status,
            status_cells=table.status_cells,
            status_text=table.status_text,
            table=table.table,
            unusable=registered.unusable,
            unknown_hosts=answers.unknown_hosts,
            waves=waves.waves,
        )
