#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: services_status
short_description: Compare inventory, Docker and nova
description:
  - Puts together what the three sides say of each service. It sends no requests and changes nothing.
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  assignment:
    description: Name of the variable with the result of M(novafleet.compute.assign).
    type: str
    required: true
  answers:
    description: Name of the variable in which each Docker host of the play has the result of M(novafleet.compute.containers_info).
    type: str
    required: true
  plans:
    description: Name of the variable in which each Docker host of the play has the result of M(novafleet.compute.plan).
    type: str
    required: true
  logs:
    description: Docker host to what M(novafleet.compute.containers_info) returned of it, with the logs of what is not well.
    type: dict
    default: {}
  identity_namespace:
    description: What compute nodes' uuids are derived from.
    type: str
    required: true
  standby:
    description: Containers that each service has in addition to the active one.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Compare the three sides
  novafleet.compute.services_status:
    assignment: assignment
    answers: fleet
    plans: plan
    identity_namespace: novafleet
  register: compared
"""

RETURN = r"""
status:
  description: The comparison, as P(novafleet.compute.status#filter) returns it.
  returned: success
  type: dict
text:
  description: The same as lines, as P(novafleet.compute.status_text#filter) draws them.
  returned: success
  type: list
  elements: str
unwell:
  description: Docker host to services whose logs may say what is wrong.
  returned: success
  type: dict
"""
