#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_retire
short_description: Take nova-compute services out of nova for good
description:
  - Disables each service, then deletes its record once its container is gone. nova deletes its compute nodes, its resource
    providers and its host mapping with it.
  - Refuses while instances, migrations or resources in placement tie one of the services, before anything is changed for
    any of them, and looks again before each step.
  - Before it deletes a record it notes in placement whose the resource providers are, as an aggregate that nothing else
    uses. One that nova could not delete is found by that later, and deleted if nothing is allocated from it.
  - Refuses to delete the record of a service whose heartbeat moves on although its container is gone.
  - May be interrupted and run again at any point. A service that nova does not know any more is left alone.
  - The role C(novafleet.compute.services) calls it twice, before and after it removes the containers.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: Tells the steps that a real run would take, and fails where that would refuse.
    support: full
  diff_mode:
    description: There is nothing to show.
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
      - Those of O(hosts) that have a container of ours still, on any Docker host.
      - They are disabled, and their records are left until the container is gone.
    type: list
    elements: str
    default: []
  reason:
    description: Why they are disabled, for nova's C(disabled_reason). One that is disabled already keeps its reason.
    type: str
    default: retired by novafleet.compute
  drain:
    description:
      - What to do about services that are not empty.
      - With V(refuse) they are refused as they are.
      - With V(wait) they are disabled, then waited for, while you move the instances away.
      - With V(migrate) they are disabled, then their instances are moved to where nova's scheduler says. Those that run are
        only ever moved live, those that are shut off are migrated cold, which is confirmed at once. Others have to be moved
        by hand. What nova refuses or its driver cannot do is named, and nothing else is tried with that instance.
    type: str
    choices: [refuse, wait, migrate]
    default: refuse
  drain_seconds:
    description: Seconds to wait until the services are empty, after they were disabled.
    type: int
    default: 3600
  drain_parallel:
    description: Instances that are moved at the same time, from all services together.
    type: int
    default: 2
  listen_seconds:
    description:
      - Seconds to listen for heartbeats of services without a container, more than two of nova's C(report_interval).
      - One that nova shows down is not listened to, as it has been silent for C(service_down_time).
    type: int
    default: 25
  leave_evacuated:
    description:
      - Retire a service whose instances were evacuated and which was never started again since.
      - nova-compute removes its copies of them from the hypervisor when it starts. Set it if the hypervisor is gone for good.
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
  description: What was done, one entry a service host.
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
        - Steps taken, of disable, move (instances away), delete and clean, which deletes resource providers that nova left in placement.
        - In check mode all steps that would be taken until it is gone, with the removal of its container.
      type: list
      elements: str
      sample: [disable, remove, delete]
moves:
  description: What was done with each instance that was to be moved away.
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
      description: Service host that it was on.
      type: str
    how:
      description: live or cold, or null if it cannot be moved as it is.
      type: str
    error:
      description: Why it could not be moved, or null.
      type: str
problems:
  description: Why it was refused, a sentence for each thing that stands in the way.
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
