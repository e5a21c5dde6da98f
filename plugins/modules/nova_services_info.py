#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_services_info
short_description: Get nova's records of its nova-compute services
description:
  - Reads all nova-compute services and all hypervisors of a cloud with one request each, for any number of services.
  - Can wait until given services are up, and until their hosts are mapped to a cell and have an inventory in placement.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
extends_documentation_fragment:
  - novafleet.compute.cloud
options:
  wait_for:
    description: Wait until these services are up.
    type: dict
    default: {}
    suboptions:
      up:
        description:
          - Services to wait for, with the start time of each process (RFC 3339), or null.
          - A service is up when nova shows it as up and its last heartbeat is newer than that time.
        type: dict
        default: {}
      mapped:
        description:
          - Service hosts that must be mapped to a cell. nova lists the hypervisors of mapped hosts only.
          - Placement must have a resource provider with an inventory for each of these hypervisors.
        type: list
        elements: str
        default: []
  instances_on:
    description: Service hosts whose instances to list, with one request each. See RV(instances).
    type: list
    elements: str
    default: []
  providers:
    description:
      - Whether to query placement for its resource providers. See RV(providers).
      - This costs two requests, and one more for each compute node without free memory.
    type: bool
    default: false
  timeout:
    description: Maximum time in seconds to wait. A timeout is not an error. See RV(not_up), RV(not_mapped) and
        RV(not_provided).
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Read nova's records
  novafleet.compute.nova_services_info:
    cloud: mycloud
  delegate_to: localhost
  register: nova

- name: Wait until a service is up
  novafleet.compute.nova_services_info:
    cloud: mycloud
    wait_for:
      up:
        xs-01: "2026-11-23T01:02:03Z"
    timeout: 60
  delegate_to: localhost
  register: waited
  failed_when: waited.not_up | length > 0
"""

RETURN = r"""
services:
  description: Every nova-compute service.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Service host.
      type: str
    id:
      description: Id of the service record.
      type: str
    state:
      description: up or down.
      type: str
    status:
      description: enabled or disabled.
      type: str
    disabled_reason:
      description: Reason if it is disabled, or null.
      type: str
    forced_down:
      description: Whether an operator forced it down. nova then shows it as down even if it sends heartbeats.
      type: bool
    updated_at:
      description: Last heartbeat in UTC, or null without a heartbeat.
      type: str
hypervisors:
  description: Every hypervisor whose host is mapped to a cell.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Service host.
      type: str
    id:
      description: Uuid of the compute node.
      type: str
    name:
      description: Hypervisor host name, which is also the name of its resource provider.
      type: str
    type:
      description: What the driver calls it, such as C(VMware vCenter Server) or C(ironic).
      type: str
not_up:
  description: Services in O(wait_for.up) that are not up.
  returned: always
  type: list
  elements: str
not_mapped:
  description: Service hosts in O(wait_for.mapped) that are not mapped to a cell.
  returned: always
  type: list
  elements: str
not_provided:
  description: Service hosts in O(wait_for.mapped) that are mapped, but whose hypervisor has no resource provider, or
      one without inventory.
  returned: always
  type: list
  elements: str
microversion:
  description: Newest microversion of nova's API, which says of which release it is. Null if nova does not say it.
  returned: always
  type: str
instances:
  description: Instances of all projects on the service hosts in O(instances_on), including soft-deleted ones.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Uuid of the instance.
      type: str
    name:
      description: Its name.
      type: str
    host:
      description: Service host.
      type: str
providers:
  description:
    - Root resource providers of placement, including those of other services than nova.
    - Null if O(providers) is false, or if placement did not answer.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Uuid of the provider, which is that of its compute node.
      type: str
    name:
      description: Name of the provider, which is that of its compute node.
      type: str
    inventory:
      description: >-
        Whether it has an inventory. Without one, nothing is scheduled to it. Null if it belongs to none of the listed
        hypervisors.
      type: bool
providers_problem:
  description: Reason if placement did not answer.
  returned: when it did not
  type: str
seconds:
  description: Time in seconds that the module waited.
  returned: always
  type: float
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, instances, placement, services, wait

if TYPE_CHECKING:
    from openstack.connection import Connection

WAIT_ARGUMENT_SPEC = dict(
    up=dict(type="dict", default={}),
    mapped=dict(type="list", elements="str", default=[]),
)

ARGUMENT_SPEC = dict(
    cloud.CLOUD_ARGUMENT_SPEC,
    wait_for=dict(type="dict", default={}, options=WAIT_ARGUMENT_SPEC, apply_defaults=True),
    instances_on=dict(type="list", elements="str", default=[]),
    providers=dict(type="bool", default=False),
    timeout=dict(type="int", default=120),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        module.exit_json(changed=False, **_answer(module.params))


def _answer(params: Mapping[str, Any]) -> dict[str, Any]:
    nova = cloud.connect_by(params)
    result = wait.wait(nova, params["wait_for"]["up"], params["wait_for"]["mapped"], params["timeout"])
    result["microversion"] = services.newest_microversion(nova)
    result["instances"] = instances.instances(nova, params["instances_on"])
    nodes = {node["id"] for node in result["hypervisors"]}
    return dict(result, **_providers(nova, nodes, params["providers"]))


def _providers(nova: Connection, nodes: set[str], wanted: bool) -> dict[str, Any]:
    """nova's answer is returned even without placement's."""
    if not wanted:
        return dict(providers=None)
    try:
        return dict(providers=placement.root_providers(nova, nodes))
    except cloud.NovaError as error:
        return dict(providers=None, providers_problem=str(error))


if __name__ == "__main__":
    main()
