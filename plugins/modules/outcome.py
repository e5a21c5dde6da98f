#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: outcome
short_description: Say why services are not as they should be after a deployment
description:
  - Puts together what Docker and nova say of each service. That one is not as it should be does not fail the task.
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  assignments:
    description: Docker host to its services, as M(novafleet.compute.assign) returns them.
    type: dict
    required: true
  deployed:
    description: Docker host to what M(novafleet.compute.containers) returned of it.
    type: dict
    required: true
  only:
    description: Services that it is about. By default all.
    type: list
    elements: str
  logs:
    description: Docker host to what M(novafleet.compute.containers_info) returned of it, with the logs.
    type: dict
    default: {}
  nova:
    description: What M(novafleet.compute.verify) or M(novafleet.compute.nova_services_info) returned after waiting.
    type: dict
    default: {}
  earlier:
    description: Failures of an earlier call, to be returned with those of this one.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Find out why
  novafleet.compute.outcome:
    assignments: "{{ assignment.assignments }}"
    deployed: "{{ {'docker1': result} }}"
    logs: "{{ {'docker1': fleet} }}"
    nova: "{{ verified }}"
"""

RETURN = r"""
failures:
  description: One text a service that is not as it should be, with the last lines of its log.
  returned: success
  type: list
  elements: str
services:
  description: Number of services that were looked at.
  returned: success
  type: int
waiting:
  description: Services of which every running container waits for the lease.
  returned: success
  type: list
  elements: str
"""
