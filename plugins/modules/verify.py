#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Wait until nova has heartbeats from the services of all Docker hosts
description:
  - Asks nova by the connection of the task, once for all Docker hosts.
  - Hosts have to be mapped to a cell, too, unless a service is new, so that something has to be done before.
  - The options of M(novafleet.compute.nova_services_info) are taken from its C(module_defaults).
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  held:
    description: Name of the variable that holds the result of M(novafleet.compute.containers) on each Docker host.
    type: str
    required: true
  plans:
    description: Name of the variable that holds the result of M(novafleet.compute.plan) on each Docker host. It is read if nothing was changed.
    type: str
    required: true
  assignment:
    description: Name of the variable with the result of M(novafleet.compute.assign).
    type: str
    required: true
  changed:
    description: Whether anything was changed. If not, nova is not asked again where M(novafleet.compute.assign) has found all services up.
    type: bool
    default: true
  mapped:
    description: Whether the hosts of new services have to be mapped, too.
    type: bool
    default: false
  not_up:
    description: Services that are not waited for, as an earlier call has done so.
    type: list
    elements: str
    default: []
  new_mark:
    description: Begins the reason of services that are disabled because they are new.
    type: str
    required: true
  joining_reason:
    description: Reason of services that are disabled until they are in their host aggregates.
    type: str
    required: true
  timeout:
    description: Seconds to wait at most.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Wait until every service is up
  novafleet.compute.verify:
    held: result
    plans: plan
    assignment: assignment
    new_mark: "mine:"
    joining_reason: "mine: not in its host aggregates yet"
  run_once: true
"""

RETURN = r"""
not_up:
  description: Services that are not up.
  returned: success
  type: list
  elements: str
not_mapped:
  description: Services that are up, but whose host is in no cell.
  returned: success
  type: list
  elements: str
not_provided:
  description: Services whose hypervisors have no resource provider with an inventory.
  returned: success
  type: list
  elements: str
fresh:
  description: Services that are up, and that nova could not schedule to before.
  returned: success
  type: list
  elements: str
unmapped:
  description: Services that are up, and whose host is in no cell yet.
  returned: success
  type: list
  elements: str
kept:
  description: Services that are disabled because they were new, and otherwise as they should be.
  returned: success
  type: list
  elements: str
joining:
  description: Those of them that are not in their host aggregates yet.
  returned: success
  type: list
  elements: str
failing:
  description: Services that are not as they should be.
  returned: success
  type: list
  elements: str
"""
