#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: assign
short_description: Assign the targets of the inventory to the Docker hosts
description:
  - Reads which targets the inventory has, and asks nova which services it knows, by the connection of the task.
  - A service stays where its containers are. It moves only if O(move) says so.
  - Run it once for all Docker hosts. Plays in which these do not see each other, by C(serial) or another strategy, are refused.
  - The options of M(novafleet.compute.nova_services_info) are taken from its C(module_defaults).
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  argument_specs:
    description: Path of the argument specs of role C(services). Its variables must not be null.
    type: path
    required: true
  answers:
    description: Name of the variable in which each Docker host of the play has the result of M(novafleet.compute.containers_info).
    type: str
    required: true
  groups:
    description: Inventory group of each driver's targets, for the drivers whose group does not have their name.
    type: dict
    default: {}
  only:
    description:
      - Names of targets, and patterns such as V(cluster-0*). Only what they match is assigned. All other services stay as they are.
      - The default, an empty list, assigns all targets.
    type: list
    elements: str
    default: []
  rooms:
    description: Docker host to a dict of C(capacity), the services that it may have, and C(weight), its share of them.
    type: dict
    default: {}
  move:
    description: What may be moved. V(pinned) are services that are pinned to another Docker host, V(balanced) also levels the hosts.
    type: str
    choices: [never, pinned, balanced]
    default: never
  dead:
    description: Docker hosts that the operator confirms are powered off.
    type: list
    elements: str
    default: []
  standby:
    description: Containers that each service has in addition to the active one.
    type: int
    default: 0
  lease:
    description: Whether the message bus keeps two containers of a service from running at the same time.
    type: bool
    default: true
  ask_nova:
    description: Whether nova is asked.
    type: bool
    default: true
  providers:
    description: Whether placement is asked, too.
    type: bool
    default: false
  any_host:
    description: Whether it is a failure if no Docker host can be reached.
    type: bool
    default: false
  joining_reason:
    description:
      - Reason for which nova shows a new service as disabled that is not in its host aggregates yet.
      - The default, an empty text, does not look at host aggregates.
    type: str
    default: ""
  api_host:
    description: Name of the host that asks nova, for messages.
    type: str
    default: localhost
"""

EXAMPLES = r"""
- name: Assign the targets to the Docker hosts
  novafleet.compute.assign:
    argument_specs: "{{ role_path }}/meta/argument_specs.yml"
    answers: fleet
  register: assignment
  run_once: true
"""

RETURN = r"""
targets:
  description: The targets, as M(novafleet.compute.check_targets) returns them. With O(only) those that it matches.
  returned: success
  type: list
  elements: dict
others:
  description: Service hosts of the targets that O(only) leaves out.
  returned: success
  type: list
  elements: str
limited:
  description: Whether O(only) is set.
  returned: success
  type: bool
findings:
  description: Problems of groups and names, and of hypervisors that two targets have.
  returned: success
  type: list
  elements: dict
nova:
  description: What M(novafleet.compute.nova_services_info) returned, also if it failed. Empty if nova was not asked.
  returned: success
  type: dict
aggregates:
  description: New services with their host aggregates, as M(novafleet.compute.nova_aggregates) takes them. All that have some, if nova was not asked.
  returned: success
  type: list
  elements: dict
joins:
  description: >-
    What M(novafleet.compute.nova_aggregates) returned. Run the task in check mode, so that it changes nothing. Empty if no new service has
    host aggregates.
  returned: success
  type: dict
compute_ids:
  description: Service host to the uuid that its compute node has in nova.
  returned: success
  type: dict
assignments:
  description: Docker host to its services.
  returned: success
  type: dict
standbys:
  description: Docker host to those of its services whose container there waits behind another one.
  returned: success
  type: dict
moves:
  description: Services that change their Docker host, with C(target), C(service), C(from) and C(to).
  returned: success
  type: list
  elements: dict
leaving:
  description: Docker host to the services whose container there has to go.
  returned: success
  type: dict
left_out:
  description: Services that may be on a Docker host that does not answer.
  returned: success
  type: list
  elements: str
checks:
  description: Docker host to the targets whose variables it checks.
  returned: success
  type: dict
silent:
  description: Docker hosts that cannot be reached.
  returned: success
  type: list
  elements: str
asked:
  description: Docker hosts of the play that can be reached.
  returned: success
  type: list
  elements: str
problems:
  description: Why targets cannot be assigned, one sentence a problem.
  returned: success
  type: list
  elements: str
"""
