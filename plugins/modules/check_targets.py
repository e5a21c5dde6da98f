#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_targets
short_description: Check every target in the inventory, and report all problems at once
description:
  - Reads the targets from the inventory groups that have the name of a driver, such as C(vcenter), or from the groups in O(groups).
  - Checks the variables of each target against the argument specs of the role C(services), renders its C(nova.conf) and checks the result.
  - Runs on the controller, sends no requests and changes nothing.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  templates:
    description: Directory of the templates of C(nova.conf) on the controller.
    type: path
    required: true
  base:
    description: Path of a complete C(nova.conf) on the controller. All other settings override it.
    type: path
  argument_specs:
    description: Path of the argument specs of the role. They define the type of each variable.
    type: path
    required: true
  groups:
    description:
      - Inventory groups by driver, for drivers whose group has another name.
      - The variable C(services_groups) of the role C(services) lists the drivers.
    type: dict
    default: {}
  nova_options:
    description:
      - Lists of options of the images in use, as the module M(novafleet.compute.containers_info) returns them.
      - An option that a user sets and nova does not read is then a problem. Old names and options that nova is going to remove are
        warnings.
    type: list
    elements: dict
    default: []
    suboptions:
      image:
        description: Name of the image.
        type: str
        required: true
      options:
        description: List of nova's options. Empty if the image has no list, which is a warning.
        type: str
        required: true
      reason:
        description: Reason if there is no list.
        type: str
        default: ""
  names_only:
    description:
      - Whether to read only the names of the targets, to assign them to Docker hosts.
      - The module then checks only groups, duplicate service hosts and hypervisors, and missing pins.
    type: bool
    default: false
  only:
    description:
      - Targets to check, such as those of one Docker host, with the variables of that host. By default all.
      - RV(targets) is empty then, and nothing is said of what several targets claim.
    type: list
    elements: str
seealso:
  - module: novafleet.compute.containers_info
  - module: novafleet.compute.containers
"""

EXAMPLES = r"""
- name: Read and check the targets
  novafleet.compute.check_targets:
    templates: "{{ role_path }}/templates"
    argument_specs: "{{ role_path }}/meta/argument_specs.yml"
  register: checked

- name: Stop on any problem
  ansible.builtin.fail:
    msg: "{{ checked.problems | join('\n') }}"
  when: checked.problems | length > 0
"""

RETURN = r"""
targets:
  description: Targets, in the order of their names. It contains no secrets.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Inventory host.
      type: str
      sample: vc1-c1
    service:
      description: Service host, which is the name of the nova-compute service and of its container.
      type: str
      sample: vc1-c1
    driver:
      description: Driver of the target's group.
      type: str
      sample: vcenter
    variable:
      description: Role variable with the options of its driver.
      type: str
      sample: services_vcenter
    hypervisor:
      description: Identity of the hypervisor.
      type: str
      sample: vc1.example.com/443/c1
    docker_host:
      description: Docker host that the target is pinned to, or null.
      type: str
    local:
      description: Whether the hypervisor is the Docker host of the service. It cannot run on another Docker host then.
      type: bool
releases:
  description: Releases of nova of the lists in O(nova_options).
  returned: always
  type: list
  elements: str
  sample: [34.0.0]
option_kinds:
  description:
    - Kind of each checked option of nova, by section and option with a dot between them.
    - The kind is V(one), V(list), V(dict) or V(multi), followed by V(secret) if the value is a secret.
  returned: always
  type: dict
  sample: {neutron.password: one secret, cache.memcache_servers: list}
secret_options:
  description: Names of the options that the lists in O(nova_options) call secret.
  returned: always
  type: list
  elements: str
  sample: [connection, password, transport_url]
endpoints:
  description: Addresses that the services must reach.
  returned: always
  type: list
  elements: dict
  sample:
    - address: rabbit1.example.com
      port: 5672
      variable: services_transport_url
      targets: [vc1-c1]
findings:
  description: The same as RV(problems), for M(novafleet.compute.approve).
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Inventory host, or a phrase for several hosts.
      type: str
    hosts:
      description: All inventory hosts that share the problem. Empty if only one host has it.
      type: list
      elements: str
    variable:
      description: Variable to correct.
      type: str
    problem:
      description: The problem.
      type: str
    cure:
      description: The fix.
      type: str
claims:
  description: Names that the services claim, for M(novafleet.compute.approve).
  returned: always
  type: list
  elements: dict
  sample: []
problems:
  description: One sentence for each problem, with inventory host, variable and fix.
  returned: always
  type: list
  elements: str
"""
