#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_services_info
short_description: Get the state of all services of a fleet in a Docker swarm
description:
  - Reads services, tasks and nodes with one request each, for any number of services.
  - Runs on a manager of the swarm.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
requirements:
  - Docker API >= 1.41 on a manager of the swarm
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
options:
  fleet:
    description: Name of the set of services.
    type: str
    default: nova
  log_lines:
    description: Number of log lines to return for the services in O(log_services).
    type: int
    default: 20
  log_services:
    description: Services whose RV(services[].log) and RV(services[].cause) to return. This costs one request for each.
    type: list
    elements: str
    default: []
seealso:
  - module: novafleet.compute.swarm_services
"""

EXAMPLES = r"""
- name: Read the state of the fleet
  novafleet.compute.swarm_services_info:
    fleet: nova
  register: swarm

- name: Report services that do not run
  ansible.builtin.debug:
    msg: "{{ swarm.services | rejectattr('state', 'equalto', 'running') | map(attribute='name') }}"
"""

RETURN = r"""
services:
  description: Services of the fleet, in the order of their names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: xs-01
    container:
      description: Name of the Swarm service.
      type: str
      sample: nova-compute-xs-01
    id:
      description: Id of the Swarm service.
      type: str
      sample: 9mnpnzenvg8p8tdbtq4wvbkcz
    state:
      description: State of its task, such as V(running), V(pending), V(preparing) or V(failed). V(stopped) if it is scaled to 0.
      type: str
      sample: running
    error:
      description: Why its task waits or ended, in the words of Swarm. Empty if nothing is known.
      type: str
      sample: no suitable node (insufficient resources on 3 nodes)
    task:
      description: Id of its task. Empty if it has none.
      type: str
      sample: 0kzzo1i0y4jz6027t0k7aezc7
    node:
      description: Host name of the node of its task. Empty if it has none.
      type: str
      sample: docker1
    node_state:
      description: State of that node.
      type: str
      sample: ready
    lost_on:
      description: Nodes that the managers have lost, and on which an earlier task may still run.
      type: list
      elements: str
      sample: [docker2]
    image:
      description: Image with its digest.
      type: str
      sample: registry.example.com:5000/nova-compute:34.0.0@sha256:15363863a0343769a08354fc33e4c0d72ffb073b4c343d9bad73281a15cd2f1e
    labels:
      description: Labels of the Swarm service.
      type: dict
      sample: {novafleet.fleet: nova, novafleet.service: xs-01}
    started_at:
      description: Time since which its task runs, by the clock of its node. Null if it does not run.
      type: str
      sample: "2026-11-23T01:02:03.456789Z"
    log:
      description: End of the task's log without secrets, for services in O(log_services).
      type: str
    cause:
      description: Last error in that log, for services in O(log_services).
      type: str
nodes:
  description: Nodes of the swarm, in the order of their host names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Host name.
      type: str
      sample: docker1
    state:
      description: V(ready), V(down), V(disconnected) or V(unknown).
      type: str
      sample: ready
    availability:
      description: V(active), V(pause) or V(drain).
      type: str
      sample: active
    manager:
      description: Whether the node is a manager.
      type: bool
      sample: true
    leader:
      description: Whether the node leads the managers.
      type: bool
      sample: true
    reachability:
      description: V(reachable) or V(unreachable), of a manager. Empty for a worker.
      type: str
      sample: reachable
    services:
      description: Number of running services of the fleet.
      type: int
      sample: 100
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.arguments import SWARM_INFO_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.connect import swarm_calls
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.info import swarm_info


def main() -> None:
    module = AnsibleModule(argument_spec=SWARM_INFO_ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        params = module.params
        told = swarm_info(swarm_calls(params), params["fleet"], params["log_services"], params["log_lines"])
        module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
