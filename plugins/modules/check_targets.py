#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_targets
short_description: Check every target in the inventory, and report all problems at once
description:
  - Reads the targets from the inventory groups that are named as nova's drivers, such as C(vcenter), or those that O(groups) names.
  - Checks each one's variables against the argument specs of the role C(services), renders its C(nova.conf) and checks what comes out.
  - Runs on the controller, asks nobody anything and changes nothing.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: posix
options:
  templates:
    description: Directory of the templates of C(nova.conf) on the controller.
    type: path
    required: true
  base:
    description: A whole C(nova.conf) on the controller that everything else is laid over.
    type: path
  argument_specs:
    description: The argument specs of the role, which say what each variable may hold.
    type: path
    required: true
  groups:
    description:
      - Inventory group of each driver's targets, for the drivers whose group does not have their name.
      - The variable C(services_groups) of the role C(services) lists the drivers.
    type: dict
    default: {}
  nova_options:
    description:
      - What the module M(novafleet.compute.containers_info) returned of the images in use.
      - Options that users set and nova does not read are problems then, old names and options that are to go are warnings.
    type: list
    elements: dict
    default: []
    suboptions:
      image:
        description: Name of the image.
        type: str
        required: true
      options:
        description: Its list of nova's options. Empty where there is none, which is a warning.
        type: str
        required: true
      reason:
        description: Why there is none.
        type: str
        default: ""
  names_only:
    description:
      - Whether to read only which targets there are, as is needed to assign them to Docker hosts.
      - Problems are then those of groups, service hosts and hypervisors that two targets have, and pins that are missing.
    type: bool
    default: false
  only:
    description:
      - Targets to check, such as those of one Docker host, with the variables that this host has. By default all.
      - RV(targets) is empty then. What targets of several such runs claim is compared by P(novafleet.compute.check_problems#filter).
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
  description: The targets, in the order of their names. Nothing in it is secret.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Inventory host.
      type: str
      sample: vc1-c1
    service:
      description: Service host, which names the nova-compute service and its container.
      type: str
      sample: vc1-c1
    driver:
      description: Group that says what kind of hypervisor it is.
      type: str
      sample: vcenter
    variable:
      description: Role variable that holds the options of its driver.
      type: str
      sample: services_vcenter
    hypervisor:
      description: What tells this hypervisor from another.
      type: str
      sample: vc1.example.com/443/c1
    docker_host:
      description: Docker host that the target is pinned to, or null.
      type: str
    local:
      description: Whether the hypervisor is the Docker host that the service runs on, so that it cannot run on another one.
      type: bool
releases:
  description: Releases of nova that the lists of O(nova_options) are of.
  returned: always
  type: list
  elements: str
  sample: [34.0.0]
option_kinds:
  description:
    - How each option of nova that was looked at is written, as section and option with a dot between them.
    - Each is V(one), V(list), V(dict) or V(multi), with V(secret) beside it where its value is a secret.
  returned: always
  type: dict
  sample: {neutron.password: one secret, cache.memcache_servers: list}
secret_options:
  description: Names of the options that the lists of O(nova_options) call secret.
  returned: always
  type: list
  elements: str
  sample: [connection, password, transport_url]
endpoints:
  description: Addresses that the services need to reach.
  returned: always
  type: list
  elements: dict
  sample:
    - address: rabbit1.example.com
      port: 5672
      variable: services_transport_url
      targets: [vc1-c1]
findings:
  description: The same as RV(problems), to be put together by P(novafleet.compute.check_problems#filter).
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Inventory host, or a group of these in words.
      type: str
    hosts:
      description: All inventory hosts that share it. Empty if it is that of one.
      type: list
      elements: str
    variable:
      description: Variable to correct.
      type: str
    problem:
      description: What is wrong.
      type: str
    cure:
      description: What to write instead.
      type: str
claims:
  description: What the services claim for themselves, to be put together by P(novafleet.compute.check_problems#filter).
  returned: always
  type: list
  elements: dict
  sample: []
problems:
  description: One sentence a problem, with inventory host, variable and what to write instead.
  returned: always
  type: list
  elements: str
"""
