#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Check the targets of a Docker host, try what they need, and plan its containers
description:
  - Checks the variables of the targets with those of the Docker host, and renders each C(nova.conf) once for all of it.
  - Runs M(novafleet.compute.preflight) on the Docker host, and M(novafleet.compute.containers) in check mode. Nothing is changed.
  - The options of both are taken from their C(module_defaults), so that the plan is that of the very call that follows.
  - Problems do not fail the task. M(novafleet.compute.approve) puts those of all Docker hosts together.
  - "Run it with C(check_mode: true)."
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  argument_specs:
    description: The argument specs of the role, which say what each variable may hold.
    type: path
    required: true
  assignment:
    description: Name of the variable in which this Docker host has the result of M(novafleet.compute.assign).
    type: str
    required: true
  answers:
    description: Name of the variable in which this Docker host has the result of M(novafleet.compute.containers_info).
    type: str
    required: true
  own_container:
    description: The operator's settings of all containers, which win over what a driver needs.
    type: dict
    default: {}
  memory_per_driver_mb:
    description: Memory in MB that one service of a driver needs, for each driver whose own figure does not fit.
    type: dict
    default: {}
  density:
    description: Whether the services run with the density profile, and need less memory.
    type: bool
    default: false
  lease:
    description: Whether the services take a lease, so that their message buses are tried.
    type: bool
    default: true
  parts:
    description: What is done in addition to the checks.
    type: list
    elements: str
    choices: [preflight, containers]
    default: [preflight, containers]
  preflight_timeout:
    description: Seconds that each endpoint has to answer.
    type: int
    default: 10
  pyvmomi_to_come:
    description: Whether pyVmomi is yet to be installed, in check mode.
    type: bool
    default: false
  prune:
    description: Whether services that no target has are removed.
    type: bool
    default: false
  standby:
    description: Containers that each service has in addition to the active one.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Plan the services of each Docker host
  novafleet.compute.plan:
    argument_specs: "{{ role_path }}/meta/argument_specs.yml"
    assignment: assignment
    answers: fleet
  check_mode: true
  register: plan
"""

RETURN = r"""
findings:
  description: Problems in variables, as M(novafleet.compute.check_targets) returns them.
  returned: success
  type: list
  elements: dict
claims:
  description: What the services claim for themselves.
  returned: success
  type: list
  elements: dict
preflight:
  description: What M(novafleet.compute.preflight) returned, also if it failed.
  returned: success
  type: dict
containers:
  description: What M(novafleet.compute.containers) returned, also if it failed. Empty where variables have problems.
  returned: success
  type: dict
services:
  description: The services, as M(novafleet.compute.containers) takes them.
  returned: success
  type: list
  elements: dict
nova_conf:
  description: >-
    What M(novafleet.compute.containers) has to know to render the same files. Its C(compute_ids) are the uuids that the compute nodes of
    the services get.
  returned: success
  type: dict
compute_ids_found:
  description: Service host to the uuid that lies on the Docker host. Empty if nova was asked.
  returned: success
  type: dict
unwanted:
  description: Containers whose service no target has, with C(service), C(target), C(driver) and C(hypervisor).
  returned: success
  type: list
  elements: dict
waves:
  description: Services that are changed together, with C(names) and C(gated), which says whether nova must have their heartbeats.
  returned: success
  type: list
  elements: dict
gentle:
  description: Services that are changed before any wave, as that interrupts no service.
  returned: success
  type: list
  elements: str
changes:
  description: Whether a deployment has anything to do.
  returned: success
  type: bool
"""
