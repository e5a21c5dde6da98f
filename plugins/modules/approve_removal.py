#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: approve_removal
short_description: Refuse to take services away with all problems, or list the services that have a container
description:
  - Fails if a Docker host or nova did not answer, or if nova has instances on the services, before anything is changed on any Docker host.
  - The options of M(novafleet.compute.nova_services_info) are taken from its C(module_defaults).
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  answers:
    description: Name of the variable in which each Docker host of the play has the result of M(novafleet.compute.containers_info).
    type: str
    required: true
  nova:
    description: What M(novafleet.compute.nova_services_info) returned. Empty if nova was not asked.
    type: dict
    default: {}
  instances_of:
    description: Name of the set of services. If it is set, nova is asked by the connection of the task, and must have no instances on them.
    type: str
  everywhere:
    description: Whether all Docker hosts of the inventory must be in the run.
    type: bool
    default: false
  api_host:
    description: Host that asks nova.
    type: str
    default: localhost
"""

EXAMPLES = r"""
- name: Refuse while nova has instances on any of the services
  novafleet.compute.approve_removal:
    answers: fleet
    instances_of: nova
  run_once: true
"""

RETURN = r"""
problems:
  description: One sentence a problem, with host, variable and what to do about it.
  returned: always
  type: list
  elements: str
services:
  description: Services that have a container on any Docker host.
  returned: success
  type: list
  elements: str
"""
