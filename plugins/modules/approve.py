#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: approve
short_description: Refuse a deployment with all of its problems, or say what it will do
description:
  - Puts together what was found out before a deployment, and fails with everything that stands in its way.
  - An answer that did not come, or lacks what it must have, is a problem.
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
  api_host:
    description: Host that asks nova.
    type: str
    default: localhost
  lease:
    description: Whether the message bus keeps two containers of a service from running at the same time.
    type: bool
    default: true
  dead:
    description: Docker hosts that the operator confirms are powered off.
    type: list
    elements: str
    default: []
  prune:
    description: Whether services that no target has are removed.
    type: bool
    default: false
  max_unavailable:
    description: How many services may move at the same time, as M(novafleet.compute.containers) takes it.
    type: str
    default: "1"
"""

EXAMPLES = r"""
- name: Report all problems at once
  novafleet.compute.approve:
    assignment: assignment
    answers: fleet
    plans: plan
  run_once: true
"""

RETURN = r"""
problems:
  description: One sentence a problem, with host, variable and what to do about it.
  returned: always
  type: list
  elements: str
reports:
  description: What an operator should know.
  returned: success
  type: list
  elements: str
changes:
  description: Whether there is anything to do on any Docker host.
  returned: success
  type: bool
leaving:
  description: Whether containers have to go, as other Docker hosts have their services.
  returned: success
  type: bool
move_waves:
  description: Moves in groups, each of which is over before the next begins.
  returned: success
  type: list
  elements: list
waiting:
  description: Services of which every running container waits for the lease.
  returned: success
  type: list
  elements: str
"""
