#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containers
short_description: Manage a fleet of service containers on a Docker host
description:
  - Brings any number of service containers on a Docker host to the desired state with one call.
  - Reads the actual state with one request, for any number of services.
  - Never touches containers and files that this module did not create. If one of them has a name that the module needs, that is an error
    before any change.
  - Restarts a container if only the files of its service change. Replaces it if its image or its settings change.
  - Copies only files that differ from those on the Docker host, all in one transfer.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
  - novafleet.compute.engine.to_come
  - novafleet.compute.fleet
  - novafleet.compute.containers
  - novafleet.compute.container
attributes:
  check_mode:
    description: Shows the plan of a real run.
    support: full
  diff_mode:
    description: Shows each service's changed C(nova.conf) as a unified diff, secrets masked, and the digests of all other changed files.
    support: full
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
seealso:
  - module: novafleet.compute.containers_info
  - module: novafleet.compute.swarm_services
"""

EXAMPLES = r"""
- name: Two services from one image
  novafleet.compute.containers:
    fleet: demo
    image: novafleet/nova-compute:34.0.0
    services:
      - name: xs-01
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-01.conf.j2') }}"
      - name: xs-02
        container:
          memory: 536870912
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-02.conf.j2') }}"

- name: Remove one of them, and its files
  novafleet.compute.containers:
    fleet: demo
    state: absent
    services:
      - name: xs-02

- name: Remove the whole fleet from this Docker host
  novafleet.compute.containers:
    fleet: demo
    state: absent
    all: true
"""

RETURN = r"""
services:
  description: Result of each service, in the order of their names.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: xs-01
    container:
      description: Name of its container.
      type: str
      sample: nova-compute-xs-01
    action:
      description: >-
        Action: create, start, recreate, restart, rename, remove, leave or unwanted.
      type: str
      sample: create
    part:
      description:
        - V(active), or V(standby) or V(starting) if the container waited for the lease before, as in the module
          M(novafleet.compute.containers_info).
        - The module changes waiting containers first and all at once, because that interrupts no service. Null if the action interrupts
          nothing.
      type: str
    changed:
      description: Whether the module changed anything for this service.
      type: bool
    reasons:
      description: Reasons for the action.
      type: list
      elements: str
      sample: [nova.conf changed]
    seconds:
      description: Duration in seconds.
      type: float
      sample: 0.21
    started_at:
      description: Start time of its container, by the Docker host's clock. Null if the module did not start it.
      type: str
      sample: "2026-11-23T01:02:03.456789Z"
    error:
      description: Error message, or null.
      type: str
finished_at:
  description: End time of the module, by the Docker host's clock.
  returned: always
  type: str
  sample: "2026-11-23T01:02:03Z"
summary:
  description: Number of services for each action, and number of failures.
  returned: always
  type: dict
  sample: {create: 2, leave: 498, failed: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import run
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        run.apply(module)


if __name__ == "__main__":
    main()
