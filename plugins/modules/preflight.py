#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check from a Docker host that the services will reach what they need
description:
  - Connects to all endpoints at the same time, so that any number of dead ones, up to 512, costs one time-out.
  - Tries every hypervisor in the way that nova-compute will when it starts, all at the same time.
    One that many targets are on is asked once.
  - Logs in to every message bus that gives leases, and declares an exclusive queue there for a moment, as leases do.
  - Changes nothing, leaves no session behind, and fails for nothing that it finds. What is wrong is returned, all of it.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
requirements:
  - pyVmomi on the Docker host, where there are targets in O(vcenter)
attributes:
  check_mode:
    description: It changes nothing anyway.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  endpoints:
    description: Addresses to connect to, as M(novafleet.compute.check_targets) returns them.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: Name or address.
        type: str
        required: true
      port:
        description: TCP port.
        type: int
        required: true
      variable:
        description: Variable that the address comes from.
        type: str
        required: true
      targets:
        description: Targets that need it.
        type: list
        elements: str
        default: []
  services:
    description:
      - Services whose targets are tried, with their hypervisors as their C(nova.conf) has them. Used on the controller only.
      - A target whose variable C(services_preflight) is false is left out, and so is one whose options
        M(novafleet.compute.check_targets) calls missing.
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
    description: How the C(nova.conf) of O(services) is made, as the module M(novafleet.compute.containers) has it. Used on the controller only.
    type: dict
  lease:
    description:
      - Whether O(services) take a lease, so that their message buses are tried too. Used on the controller only.
      - The variable C(services_preflight) of a target does not matter for it.
    type: bool
    default: false
  container:
    description: >-
      Settings of the containers of O(services), of which C(mounts) and C(environment) say where the authorities of certificates are.
      Used on the controller only.
    type: dict
  vcenter:
    description: Clusters to try. Made of O(services) on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description: Inventory host.
        type: str
        required: true
      variable:
        description: Variable that the options come from.
        type: str
        default: services_vcenter
      address:
        description: Name or address of the vCenter.
        type: str
        required: true
      port:
        description: Its port.
        type: int
        default: 443
      username:
        description: Account.
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
      ca_file:
        description: Authorities that its certificate is verified by, on the Docker host. Those of the system if not given.
        type: path
      authority:
        description: Which of O(authorities) its certificate is verified by, in place of O(vcenter[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: The authority is in the image, out of sight. A certificate that the system does not trust is then not tried.
        type: bool
        default: false
      insecure:
        description: Whether any certificate is taken. O(vcenter[].ca_file) has the last word.
        type: bool
        default: false
      cluster:
        description: Name of the cluster.
        type: str
        required: true
      datastore_regex:
        description: Expression that the beginning of a datastore's name must match.
        type: str
        default: ""
  xenserver:
    description: XenServers to try. Made of O(services) on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description: Inventory host.
        type: str
        required: true
      variable:
        description: Variable that the options come from.
        type: str
        default: services_xenserver
      url:
        description: URL without a port.
        type: str
        required: true
      username:
        description: Account.
        type: str
        default: root
      password:
        description: Its password.
        type: str
        required: true
      ca_file:
        description: Authorities that its certificate is verified by, on the Docker host. Those of the system if not given.
        type: path
      authority:
        description: Which of O(authorities) its certificate is verified by, in place of O(xenserver[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: The authority is in the image, out of sight. A certificate that the system does not trust is then not tried.
        type: bool
        default: false
      image_handler:
        description: How images travel.
        type: str
        default: direct_vhd
      sr_matching_filter:
        description: Which storage repository instances use.
        type: str
        default: default-sr:true
  bus:
    description:
      - Message buses that are to give leases to services. Made of O(services) on the controller if O(lease) is true.
      - The module logs in and declares an exclusive queue for a moment. The first host that answers decides.
    type: list
    elements: dict
    default: []
    suboptions:
      targets:
        description: Inventory hosts whose services use it.
        type: list
        elements: str
        required: true
      variable:
        description: Variable that the options come from.
        type: str
        default: services_transport_url
      service:
        description: Service host. The queue is called C(novafleet.lease.<service host>.preflight).
        type: str
        required: true
      hosts:
        description: Hosts of the bus, in the order in which they are tried.
        type: list
        elements: dict
        required: true
        suboptions:
          address:
            description: Name or address.
            type: str
            required: true
          port:
            description: Its port.
            type: int
            default: 5672
          username:
            description: Account.
            type: str
            default: guest
          password:
            description: Its password.
            type: str
            required: true
      virtual_host:
        description: Virtual host.
        type: str
        default: /
      login_method:
        description: V(AMQPLAIN), V(PLAIN) or V(EXTERNAL), as nova's C(rabbit_login_method).
        type: str
        default: AMQPLAIN
      tls:
        description: Whether connections use TLS. The suboptions that follow matter only then.
        type: bool
        default: false
      ca_file:
        description: Authorities that its certificate is verified by, on the Docker host. Those of the system if not given.
        type: path
      authority:
        description: Which of O(authorities) its certificate is verified by, in place of O(bus[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: The authority is in the image, out of sight. If the system does not trust the certificate, nothing is sent.
        type: bool
        default: false
      verify_name:
        description: Whether the certificate must be for the name of the host. oslo.messaging 18.1 and later require it.
        type: bool
        default: true
      cert_file:
        description: Certificate of the client, on the Docker host.
        type: path
      key_file:
        description: Its private key, on the Docker host.
        type: path
      certificate:
        description: Certificate of the client in PEM, in place of O(bus[].cert_file).
        type: str
        default: ""
      private_key:
        description: Its private key in PEM, in place of O(bus[].key_file). It is not written to a disk.
        type: str
        default: ""
      client_in_image:
        description: The client's certificate or key is in the image, out of sight. Then nothing but the port is tried.
        type: bool
        default: false
      tls_version:
        description: The only version of TLS to use, as nova's C(ssl_version).
        type: str
        default: ""
  authorities:
    description:
      - Name to certificates of authorities in PEM, for targets that are to verify by them although no file of the Docker host holds them.
      - Made of the targets' C(services_files) on the controller.
    type: dict
    default: {}
  pyvmomi_to_come:
    description:
      - In check mode, leaves out what needs a pyVmomi that is missing, instead of reporting it.
      - Role P(novafleet.compute.docker_host#role) says whether it would install it.
    type: bool
    default: false
  timeout:
    description: Seconds that a connection, and each answer of a hypervisor, may take. One hypervisor may take three times as long in all.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Ask whether the message bus answers
  novafleet.compute.preflight:
    endpoints:
      - address: rabbit1.example.com
        port: 5672
        variable: services_transport_url
        targets: [vc1-c1]
  register: preflight

- name: Ask whether a message bus gives leases
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
  description: Every check of every target, in the order in which they are made.
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
        of a XenServer. V(port), V(certificate), V(protocol), V(login), V(virtual_host) and V(queue) of a message bus.
      type: str
      sample: cluster
    result:
      description: V(ok), V(failed), or V(skipped) where an earlier one failed or nova does not look either.
      type: str
      sample: failed
    variable:
      description: Variable to correct.
      type: str
      sample: services_vcenter.cluster_name
    problem:
      description: What is wrong, or why nothing more was tried, if that is not an earlier check.
      type: str
      sample: the vCenter has no cluster c1.
    cure:
      description: What to write or do instead.
      type: str
      sample: Did you mean c11?
hypervisors:
  description: What the hypervisors call themselves, to be compared by P(novafleet.compute.claimed_twice#filter).
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Inventory host.
      type: str
    variable:
      description: Variable that the options come from.
      type: str
    identity:
      description: The same for every name of one hypervisor.
      type: str
    called:
      description: The same for people.
      type: str
seconds:
  description: How long it took.
  returned: always
  type: float
"""

import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import bus, reach
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.run import DRIVERS, preflight

SERVICE_ARGUMENT_SPEC = dict(name=dict(type="str", required=True), target=dict(type="str", required=True))

ARGUMENT_SPEC = dict(
    {driver.name: dict(type="list", elements="dict", default=[], options=driver.argument_spec) for driver in DRIVERS},
    endpoints=dict(type="list", elements="dict", default=[], options=reach.ENDPOINT_ARGUMENT_SPEC),
    services=dict(type="list", elements="dict", default=[], options=SERVICE_ARGUMENT_SPEC),
    nova_conf=dict(type="dict"),
    lease=dict(type="bool", default=False),
    container=dict(type="dict"),
    bus=dict(type="list", elements="dict", default=[], options=bus.ARGUMENT_SPEC),
    authorities=dict(type="dict", default={}),
    pyvmomi_to_come=dict(type="bool", default=False),
    timeout=dict(type="int", default=5),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        module.exit_json(changed=False, **_answer(module.params, module.check_mode))


def _answer(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    begin = time.monotonic()
    silent = reach.unreachable(params["endpoints"], params["timeout"])
    to_come = check_mode and params["pyvmomi_to_come"]
    targets = {
        driver.name: [dict(target, library_to_come=to_come) for target in params[driver.name]] for driver in DRIVERS
    }
    told = [(endpoint["address"], endpoint["port"]) for endpoint in params["endpoints"]]
    answer = preflight(targets, params["timeout"], params["authorities"], params["bus"], told)
    answer["problems"] = silent + answer["problems"]
    return dict(answer, seconds=round(time.monotonic() - begin, 1))


if __name__ == "__main__":
    main()
