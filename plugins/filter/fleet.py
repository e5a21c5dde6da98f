# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that the roles and playbooks decide with; the logic is in plugin_utils."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils import (
    _answers,
    _assign,
    _claims,
    _findings_of_hosts,
    _registered,
    _status,
    _table,
    _waves,
)


class FilterModule:
    """The filters of the collection."""

    def filters(self):
        return dict(
            assign=_assign.assign,
            cause=_registered.cause,
            check_problems=_findings_of_hosts.check_problems,
            check_warnings=_findings_of_hosts.check_warnings,
            claimed_twice=_claims.claimed_twice,
            compute_ids=_answers.compute_ids,
            desired_services=_assign.desired_services,
            foreign_problems=_answers.foreign_problems,
            host_problems=_answers.host_problems,
            identity_problems=_answers.identity_problems,
            move_waves=_assign.move_waves,
            not_verified=_answers.not_verified,
            services_by_host=_answers.services_by_host,
            status=_status.status,
            status_cells=_table.status_cells,
            status_text=_table.status_text,
            table=_table.table,
            unusable=_registered.unusable,
            unknown_hosts=_answers.unknown_hosts,
            waves=_waves.waves,
        )
