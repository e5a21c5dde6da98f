#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_services
short_description: Manage a fleet of services in a Docker swarm
description:
  - Brings any number of Swarm services to the desired state with one call on one manager. Each is a replicated service of one task.
  - Swarm decides which node runs a service, and moves the services of a node that fails or is drained.
  - Swarm does not fence a node that it has lost. Without the lease, a service may then run twice. See the guide to Swarm in C(docs/swarm.md).
  - Files of a service become secrets of the swarm, and the lease program a config. Their names have a digest of the content. A change makes a
    new one, updates the service in one request, and removes those that no service uses any more.
  - Never touches services, secrets and configs that this module did not create.
  - Before it creates a service or changes its image or settings, it runs a job on every node. The job pulls the image and runs the engine's own
    init with the same settings, and nothing of the image. A problem on any node is an error before any change. Check mode does not run this job.
  - Finds the change of another run or operator by the version of the service, and overwrites nothing.
  - What Swarm's API lacks is an error before any change, with the reason. This includes devices, runtimes, CPU weights, V(host) for
    O(container.userns_mode), and security options other than C(no-new-privileges), which needs Docker 25.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
  - novafleet.compute.fleet
  - novafleet.compute.container
requirements:
  - Docker API >= 1.41 on a manager of the swarm
attributes:
  check_mode:
    description: Shows the plan of a real run. The nodes are not tried.
    support: full
  diff_mode:
    description: Shows each service's change, and changed files by their digests, because Swarm does not return the content of a secret.
    support: full
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
options:
  image:
    description:
      - Image of all services that do not set their own. It must be in a registry that all nodes reach.
      - The module asks the registry for the digest of a tag, and gives Swarm the digest. With a digest (C(name@sha256:...)) it asks nothing.
    type: str
  image_timeout:
    description: Maximum time in seconds for all nodes to pull an image.
    type: int
    default: 600
  pins:
    description: Host name of the node on which a service must run, by service. Services without a pin run on any node.
    type: dict
    default: {}
  constraints:
    description: Placement constraints of all services, in the notation of C(docker service create --constraint).
    type: list
    elements: str
    default: []
  concurrency:
    description: Number of services to work on at the same time. V(0) means 8.
    type: int
    default: 0
  health_timeout:
    description:
      - Maximum time in seconds for a service to run, and to become healthy if it has a O(container.healthcheck).
      - The time that its predecessor may take to stop is added.
    type: int
    default: 120
  memory_per_service_mb:
    description:
      - Memory in MB that Swarm reserves for one service on its node. It does not place more services on a node than fit.
      - V(0) reserves nothing, but for services with O(services[].memory_mb).
    type: int
    default: 0
seealso:
  - module: novafleet.compute.containers
  - module: novafleet.compute.swarm_services_info
"""

EXAMPLES = r"""
- name: Two services that Swarm places, and one on a node of its own
  novafleet.compute.swarm_services:
    fleet: demo
    image: registry.example.com:5000/nova-compute:34.0.0
    memory_per_service_mb: 130
    services:
      - name: xs-01
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-01.conf.j2') }}"
      - name: xs-02
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-02.conf.j2') }}"
      - name: xs-03
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-03.conf.j2') }}"
    pins:
      xs-03: docker3

- name: With managers older than Docker 25, whose API has no no-new-privileges
  novafleet.compute.swarm_services:
    fleet: demo
    image: registry.example.com:5000/nova-compute:34.0.0
    container:
      security_opt: []
    services:
      - name: xs-01

- name: Remove the whole fleet from the swarm
  novafleet.compute.swarm_services:
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
      description: Name of the Swarm service. A name that Swarm does not take is shortened, and has a digest that keeps it unique.
      type: str
      sample: nova-compute-xs-01
    action:
      description: >-
        Action: create, start, recreate, restart, remove, leave or unwanted, as in the module M(novafleet.compute.containers). Swarm replaces
        the task of a service for each of start, recreate and restart.
      type: str
      sample: create
    part:
      description: Always null. It has a value in the module M(novafleet.compute.containers) only.
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
      description: Duration of the request in seconds.
      type: float
      sample: 0.05
    started_at:
      description: Start time of its task, by the clock of its node. Null if the module did not start it.
      type: str
      sample: "2026-11-23T01:02:03.456789Z"
    error:
      description: Error message, or null.
      type: str
finished_at:
  description: End time of the module, by the clock of the manager.
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
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.arguments import SWARM_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.run import apply_to_swarm


def main() -> None:
    module = AnsibleModule(argument_spec=SWARM_ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        apply_to_swarm(module)


if __name__ == "__main__":
    main()
