# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enables and disables services, and leaves alone what an operator has disabled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, services


def set_status(module: AnsibleModule) -> None:
    """Run the module nova_services; ends in exit_json or fail_json.

    Args:
        module: AnsibleModule with the module's options.
    """
    params = module.params
    done: list[str] = []
    try:
        nova = cloud.connect_by(params)
        records = {record["host"]: record for record in services.services(nova)}
        unknown = sorted(set(params["hosts"]) - set(records))
        if unknown:
            module.fail_json(
                msg=f"Nothing was changed. nova knows no service on {', '.join(unknown)}: deploy it first."
            )
        wanted = [records[host] for host in params["hosts"] if _differs(records[host], params)]
        for record in [] if module.check_mode else wanted:
            if params["status"] == "disabled":
                services.disable(nova, record["id"], params["reason"])
            else:
                services.enable(nova, record["id"])
            done.append(record["host"])
    except cloud.NovaError as error:
        module.fail_json(msg=str(error), changed=bool(done), hosts=done)
    module.exit_json(changed=bool(wanted), hosts=[record["host"] for record in wanted])


def _differs(record: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    reason = record["disabled_reason"] or ""
    if params["status"] == "enabled":
        return record["status"] == "disabled" and reason.startswith(params["only_reason"])
    return record["status"] == "enabled" or reason in params["instead_of"]
