#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check from a Docker host that its services can reach what they need
description:
  - Connects to all endpoints at the same time. Any number of dead endpoints, up to 512, costs one time-out.
  - Tries every hypervisor in the same way as nova-compute at its start, all at the same time. It queries a hypervisor once for all targets
    on it.
  - Logs in to every message bus that gives leases, and declares an exclusive queue there for a moment.
  - Changes nothing, leaves no session open, and does not fail because of a finding. It returns all problems.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
requirements:
  - pyVmomi on the Docker host, if O(vcenter) has targets
extends_documentation_fragment:
  - novafleet.compute.preflight
  - novafleet.compute.preflight_bus
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
options:
  services:
    description:
      - Services whose targets to try, with the hypervisors in their C(nova.conf). Used on the controller only.
      - The module skips a target whose variable C(services_preflight) is false, and one with missing options, as
        M(novafleet.compute.check_targets) reports them.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Service host.
        type: str
        required: true
      target:
        description: Inventory host.
        type: str
        required: true
  nova_conf:
    description: >-
      How to render the C(nova.conf) of O(services), as in the module M(novafleet.compute.containers). Used on the controller only.
    type: dict
  lease:
    description:
      - Whether O(services) take a lease, so that the module tries their message buses, too. Used on the controller only.
      - The variable C(services_preflight) of a target has no effect on it.
    type: bool
    default: false
  container:
    description: >-
      Settings of the containers of O(services). The module finds the certificate authorities in C(mounts) and C(environment). Used on the
      controller only.
    type: dict
"""

EXAMPLES = r"""
- name: Check that the message bus answers
  novafleet.compute.preflight:
    endpoints:
      - address: rabbit1.example.com
        port: 5672
        variable: services_transport_url
        targets: [vc1-c1]
  register: preflight

- name: Check that a message bus gives leases
  novafleet.compute.preflight:
    bus:
      - targets: [vc1-c1]
        service: vc1-c1
        hosts:
          - address: rabbit1.example.com
            username: nova
            password: "{{ vault_rabbitmq_password }}"
  register: preflight
  failed_when: preflight.problems | length > 0

- name: Try a cluster
  novafleet.compute.preflight:
    vcenter:
      - target: vc1-c1
        address: vc1.example.com
        username: nova@vsphere.local
        password: "{{ vault_vc1_password }}"
        ca_file: /etc/ssl/vc1.pem
        cluster: c1
  register: preflight
  failed_when: preflight.problems | length > 0

- name: Try a shard of an Ironic
  novafleet.compute.preflight:
    ironic:
      - target: rack-1
        account:
          auth_type: password
          auth_url: https://keystone.example.com/v3
          username: nova
          user_domain_name: Default
          project_name: service
          project_domain_name: Default
        password: "{{ vault_nova_password }}"
        shard: rack-1
  register: preflight
  failed_when: preflight.problems | length > 0
"""

RETURN = r"""
problems:
  description: One sentence for each endpoint that does not answer, and for each problem of a hypervisor or message bus.
  returned: always
  type: list
  elements: str
  sample:
    - "services_transport_url: rabbit1.example.com port 5672 does not answer: timed out."
    - "vc1-c1: services_vcenter.cluster_name: the vCenter has no cluster c1. Did you mean c11?"
checks:
  description: Every check of every target, in the order of the checks.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Inventory host.
      type: str
      sample: vc1-c1
    check:
      description: >-
        V(name), V(port), V(certificate) and V(login), then V(cluster), V(hosts) and V(datastore) of a vCenter, V(plugins) and V(storage)
        of a XenServer, V(endpoint), V(version) and V(nodes) of an Ironic. V(port), V(certificate), V(protocol), V(login), V(virtual_host)
        and V(queue) of a message bus.
      type: str
      sample: cluster
    result:
      description: V(ok) or V(failed). V(skipped) if an earlier check failed, or if nova does not check it either.
      type: str
      sample: failed
    variable:
      description: Variable to correct.
      type: str
      sample: services_vcenter.cluster_name
    problem:
      description: The problem, or the reason for a skip if that is not an earlier check.
      type: str
      sample: the vCenter has no cluster c1.
    cure:
      description: The fix.
      type: str
      sample: Did you mean c11?
hypervisors:
  description: Identities of the hypervisors, for M(novafleet.compute.approve).
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Inventory host.
      type: str
    variable:
      description: Variable with the options.
      type: str
    identity:
      description: Identity of the hypervisor, the same for all its names.
      type: str
    called:
      description: Human-readable name of the hypervisor.
      type: str
seconds:
  description: Duration in seconds.
  returned: always
  type: float
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.arguments import ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.run import answer

SERVICE_ARGUMENT_SPEC = dict(name=dict(type="str", required=True), target=dict(type="str", required=True))

# From these options, the action plugin makes the others.
CONTROLLER_ARGUMENT_SPEC = dict(
    services=dict(type="list", elements="dict", default=[], options=SERVICE_ARGUMENT_SPEC),
    nova_conf=dict(type="dict"),
    lease=dict(type="bool", default=False),
    container=dict(type="dict"),
)


def main() -> None:
    module = AnsibleModule(argument_spec=dict(ARGUMENT_SPEC, **CONTROLLER_ARGUMENT_SPEC), supports_check_mode=True)
    with fail_with_cause(module):
        module.exit_json(changed=False, **answer(module.params, module.check_mode))


if __name__ == "__main__":
    main()
