# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of the module nova_aggregates."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._nova import aggregates, cloud


def join_aggregates(module: AnsibleModule) -> None:
    """Run the module nova_aggregates; ends in exit_json or fail_json.

    Args:
        module: AnsibleModule with the module's options.
    """
    created: list[dict[str, Any]] = []
    joined: list[dict[str, Any]] = []
    try:
        nova = cloud.connect_by(module.params)
        existing = aggregates.read(nova)
        ids = {one["name"]: one["id"] for one in existing}
        plan = aggregates.plan(module.params["services"], existing)
        if plan.problems:
            lines = "\n".join(plan.problems)
            module.fail_json(msg=f"Nothing was changed.\n{lines}", problems=plan.problems, created=[], joined=[])
        for name, zone in plan.created.items():
            if not module.check_mode:
                ids[name] = aggregates.create(nova, name, zone)
            created.append(dict(name=name, availability_zone=zone))
        for host, name in plan.joined:
            if not module.check_mode:
                aggregates.add_host(nova, ids[name], name, host)
            joined.append(dict(host=host, aggregate=name))
    except cloud.NovaError as error:
        module.fail_json(msg=str(error), changed=bool(created or joined), created=created, joined=joined)
    module.exit_json(changed=bool(created or joined), created=created, joined=joined, problems=[])
