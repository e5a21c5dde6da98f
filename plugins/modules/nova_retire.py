#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_retire
short_description: Remove nova-compute services from nova permanently
description:
  - Disables each service, then deletes its record once its container is gone. nova also deletes its compute nodes, its resource providers
    and its host mapping.
  - Refuses, before any change, while instances, migrations or resources in placement block one of the services. Checks again before each
    step.
  - Before it deletes a record, it marks the resource providers in placement as those of the service, with an aggregate that nothing else
    uses. A later run finds a provider that nova could not delete by that mark, and deletes it if nothing is allocated from it.
  - Refuses to delete the record of a service whose heartbeat moves on although its container is gone.
  - You can interrupt it at any point and run it again. It skips a service that nova no longer has.
  - The role C(novafleet.compute.services) calls it twice, before and after it removes the containers.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: Reports the steps of a real run, and fails if that would refuse.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
requirements:
  - Compute API >= 2.53
extends_documentation_fragment:
  - novafleet.compute.cloud
options:
  hosts:
    description: Service hosts to retire.
    type: list
    elements: str
    required: true
  contained:
    description:
      - Those of O(hosts) that still have a container of this collection on any Docker host.
      - The module disables them, and keeps their records until the container is gone.
    type: list
    elements: str
    default: []
  reason:
    description: Reason for nova's C(disabled_reason). A service that is already disabled keeps its reason.
    type: str
    default: retired by novafleet.compute
  drain:
    description:
      - Action for services with instances.
      - V(refuse) refuses them.
      - V(wait) disables them, then waits while you move the instances away.
      - V(migrate) disables them, then moves their instances to hosts that nova's scheduler selects. Running instances are only moved live.
        Stopped instances are migrated cold, which the module confirms at once. Move all others by hand. If nova refuses a migration or its
        driver does not support it, the module reports it and does not try another way.
    type: str
    choices: [refuse, wait, migrate]
    default: refuse
  drain_seconds:
    description: Maximum time in seconds to wait until the disabled services are empty.
    type: int
    default: 3600
  drain_parallel:
    description: Number of instances to move at the same time, from all services together.
    type: int
    default: 2
  listen_seconds:
    description:
      - Time in seconds to watch for heartbeats of services without a container. Set more than two of nova's C(report_interval).
      - The module does not watch a service that nova shows as down, because it has sent no heartbeat for C(service_down_time).
    type: int
    default: 25
  leave_evacuated:
    description:
      - Whether to retire a service whose instances were evacuated and which was not started again since.
      - nova-compute removes its copies of these instances from the hypervisor when it starts. Set this only if the hypervisor is gone
        permanently.
    type: bool
    default: false
seealso:
  - module: novafleet.compute.nova_services_info
  - module: novafleet.compute.containers
"""

EXAMPLES = r"""
- name: Disable a service whose container is still there
  novafleet.compute.nova_retire:
    cloud: mycloud
    hosts: [xs-01]
    contained: [xs-01]
  delegate_to: localhost

- name: Remove the container
  novafleet.compute.containers:
    state: absent
    services:
      - name: xs-01

- name: Delete the service's record
  novafleet.compute.nova_retire:
    cloud: mycloud
    hosts: [xs-01]
  delegate_to: localhost
"""

RETURN = r"""
services:
  description: Result for each service host.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Service host.
      type: str
      sample: xs-01
    steps:
      description:
        - >-
          Steps that were taken: disable, move (instances away), delete, and clean, which deletes resource providers that nova left in
          placement.
        - In check mode, all steps until the service is gone, including the removal of its container.
      type: list
      elements: str
      sample: [disable, remove, delete]
unknown:
  description: Service hosts that nova does not know, and that are not in O(contained). Nothing was done for them.
  returned: success
  type: list
  elements: str
moves:
  description: Result for each instance that had to be moved.
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
      description: Service host that the instance was on.
      type: str
    how:
      description: live or cold, or null if the instance cannot be moved in its state.
      type: str
    error:
      description: Reason if it could not be moved, or null.
      type: str
problems:
  description: Reasons for the refusal, one sentence each.
  returned: when it was refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import run

ARGUMENT_SPEC = dict(
    cloud.CLOUD_ARGUMENT_SPEC,
    hosts=dict(type="list", elements="str", required=True),
    contained=dict(type="list", elements="str", default=[]),
    reason=dict(type="str", default="retired by novafleet.compute"),
    drain=dict(type="str", choices=["refuse", "wait", "migrate"], default="refuse"),
    drain_seconds=dict(type="int", default=3600),
    drain_parallel=dict(type="int", default=2),
    listen_seconds=dict(type="int", default=25),
    leave_evacuated=dict(type="bool", default=False),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        run.retire(module)


if __name__ == "__main__":
    main()
