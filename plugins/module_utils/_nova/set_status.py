# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enables and disables services, and leaves alone what somebody else has decided."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud


def set_status(module):
    """Run the module nova_services; ends in exit_json or fail_json.

    Args:
        module: AnsibleModule with the module's options.
    """
    params = module.params
    try:
        nova = cloud.connect_by(params)
        records = {one["host"]: one for one in cloud.services(nova)}
        unknown = sorted(set(params["hosts"]) - set(records))
        if unknown:
            module.fail_json(
                msg=f"Nothing was changed. nova knows no service on {', '.join(unknown)}: deploy it first."
            )
        wanted = [records[host] for host in params["hosts"] if _differs(records[host], params)]
        for record in [] if module.check_mode else wanted:
            if params["status"] == "disabled":
                cloud.disable(nova, record["id"], params["reason"])
            else:
                cloud.enable(nova, record["id"])
    except cloud.NovaError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(wanted), hosts=[record["host"] for record in wanted])


def _differs(record, params):
    reason = record["disabled_reason"] or ""
    if params["status"] == "enabled":
        return record["status"] == "disabled" and reason.startswith(params["only_reason"])
    return record["status"] == "enabled" or reason in params["instead_of"]
