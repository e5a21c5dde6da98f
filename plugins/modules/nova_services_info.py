#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_services_info
short_description: Tell what nova knows of its nova-compute services
description:
  - Reads all nova-compute services and all hypervisors of a cloud with one request each, whatever their number.
  - Can wait until given services are up, and until their hosts are mapped to a cell and have an inventory in placement.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: It changes nothing anyway.
    support: full
  diff_mode:
    description: There is nothing to show.
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
          - Service host to the time its process was started (RFC 3339), or null.
          - A service is up when nova says so and its last heartbeat is newer than that time.
        type: dict
        default: {}
      mapped:
        description:
          - Service hosts that must be mapped to a cell, which shows in their hypervisors being listed.
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
      - Whether to ask placement for its resource providers. See RV(providers).
      - That takes two requests, and one for each compute node that has no memory left.
    type: bool
    default: false
  timeout:
    description: Seconds to wait at most. Running out of time is no failure. See RV(not_up), RV(not_mapped) and RV(not_provided).
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Read what nova knows
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
      description: Why it is disabled, or null.
      type: str
    forced_down:
      description: Whether somebody told nova that it is down, which nova then shows whatever it does.
      type: bool
    updated_at:
      description: Last heartbeat in UTC, or null when there was none yet.
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
      description: Hypervisor host name, which names its resource provider.
      type: str
not_up:
  description: Services waited for that are not up.
  returned: always
  type: list
  elements: str
not_mapped:
  description: Service hosts waited for that are not mapped to a cell.
  returned: always
  type: list
  elements: str
not_provided:
  description: Service hosts waited for that are mapped, but whose hypervisor has no resource provider, or one without inventory.
  returned: always
  type: list
  elements: str
instances:
  description: Instances of all projects on the service hosts asked for, soft-deleted ones among them.
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
    - Resource providers of placement that are below no other one, those of others than nova among them.
    - Null where they were not asked for, or placement did not answer.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Its uuid, which is that of its compute node.
      type: str
    name:
      description: Its name, which is that of its compute node.
      type: str
    inventory:
      description: Whether it has an inventory, without which nothing is scheduled to it. Null where it is of no hypervisor listed.
      type: bool
providers_problem:
  description: Why placement did not answer.
  returned: when it did not
  type: str
seconds:
  description: How long it waited.
  returned: always
  type: float
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, instances, placement, wait

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
    result["instances"] = instances.instances(nova, params["instances_on"])
    nodes = {node["id"] for node in result["hypervisors"]}
    return dict(result, **_providers(nova, nodes, params["providers"]))


def _providers(nova: Connection, nodes: set[str], wanted: bool) -> dict[str, Any]:
    """What nova said is worth telling without placement."""
    if not wanted:
        return dict(providers=None)
    try:
        return dict(providers=placement.root_providers(nova, nodes))
    except cloud.NovaError as error:
        return dict(providers=None, providers_problem=str(error))


if __name__ == "__main__":
    main()
