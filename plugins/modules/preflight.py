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
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: There is no difference to show.
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
        description: Variable with the address.
        type: str
        required: true
      targets:
        description: Targets that need it.
        type: list
        elements: str
        default: []
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
  vcenter:
    description: Clusters to try. The controller sets it from O(services).
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description: Inventory host.
        type: str
        required: true
      variable:
        description: Variable with the options.
        type: str
        default: services_vcenter
      address:
        description: Name or address of the vCenter.
        type: str
        required: true
      port:
        description: Port of the vCenter.
        type: int
        default: 443
      username:
        description: Account.
        type: str
        required: true
      password:
        description: Password of the account.
        type: str
        required: true
      ca_file:
        description: File on the Docker host with the authorities that verify the certificate. By default the system's authorities.
        type: path
      authority:
        description: Entry of O(authorities) that verifies the certificate, instead of O(vcenter[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: >-
          Whether the authority is only in the image, where the module cannot read it. A certificate that the system does not trust is then
          skipped.
        type: bool
        default: false
      insecure:
        description: Whether to accept any certificate. O(vcenter[].ca_file) overrides it.
        type: bool
        default: false
      cluster:
        description: Name of the cluster.
        type: str
        required: true
      datastore_regex:
        description: Regular expression that the beginning of a datastore's name must match.
        type: str
        default: ""
  xenserver:
    description: XenServers to try. The controller sets it from O(services).
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description: Inventory host.
        type: str
        required: true
      variable:
        description: Variable with the options.
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
        description: Password of the account.
        type: str
        required: true
      ca_file:
        description: File on the Docker host with the authorities that verify the certificate. By default the system's authorities.
        type: path
      authority:
        description: Entry of O(authorities) that verifies the certificate, instead of O(xenserver[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: >-
          Whether the authority is only in the image, where the module cannot read it. A certificate that the system does not trust is then
          skipped.
        type: bool
        default: false
      image_handler:
        description: Method of image transfers, as nova's C(image_handler).
        type: str
        default: direct_vhd
      sr_matching_filter:
        description: Filter that selects the storage repository of instances, as nova's C(sr_matching_filter).
        type: str
        default: default-sr:true
  ironic:
    description: Parts of an Ironic to try. The controller sets it from O(services).
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description: Inventory host.
        type: str
        required: true
      variable:
        description: Variable with the options.
        type: str
        default: services_ironic
      account:
        description:
          - Options of nova's section C([ironic]) that say where Ironic is and who logs in, without the secret.
          - C(auth_type) is V(password), V(v3password), V(v3applicationcredential), V(http_basic) or V(none).
        type: json
        required: true
      password:
        description: Password of the account, or secret of its application credential.
        type: str
        default: ""
      ca_file:
        description: File on the Docker host with the authorities that verify the certificate. By default the system's authorities.
        type: path
      authority:
        description: Entry of O(authorities) that verifies the certificate, instead of O(ironic[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: >-
          Whether the authority is only in the image, where the module cannot read it. A certificate that the system does not trust is then
          skipped.
        type: bool
        default: false
      insecure:
        description: Whether to accept any certificate. It overrides O(ironic[].ca_file), as in nova.
        type: bool
        default: false
      shard:
        description: Shard that must have nodes. By default none.
        type: str
        default: ""
      conductor_group:
        description: >-
          Conductor group that must have a conductor. An empty text is the group of the conductors without one. By default none is asked
          for.
        type: str
  bus:
    description:
      - Message buses that give leases to services. The controller sets it from O(services) if O(lease) is true.
      - The module logs in and declares an exclusive queue for a moment. The result of the first host that answers counts.
    type: list
    elements: dict
    default: []
    suboptions:
      targets:
        description: Inventory hosts whose services use the bus.
        type: list
        elements: str
        required: true
      variable:
        description: Variable with the options.
        type: str
        default: services_transport_url
      service:
        description: Service host. The queue is called C(novafleet.lease.<service host>.preflight).
        type: str
        required: true
      hosts:
        description: Hosts of the bus, in the order of the attempts.
        type: list
        elements: dict
        required: true
        suboptions:
          address:
            description: Name or address.
            type: str
            required: true
          port:
            description: Port of the host.
            type: int
            default: 5672
          username:
            description: Account.
            type: str
            default: guest
          password:
            description: Password of the account.
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
        description: Whether connections use TLS. The suboptions that follow apply only with TLS.
        type: bool
        default: false
      ca_file:
        description: File on the Docker host with the authorities that verify the certificate. By default the system's authorities.
        type: path
      authority:
        description: Entry of O(authorities) that verifies the certificate, instead of O(bus[].ca_file).
        type: str
        default: ""
      ca_in_image:
        description: >-
          Whether the authority is only in the image, where the module cannot read it. If the system does not trust the certificate, the
          module sends nothing.
        type: bool
        default: false
      verify_name:
        description: Whether the certificate must contain the name of the host. oslo.messaging 18.1 and later require it.
        type: bool
        default: true
      cert_file:
        description: Certificate of the client, on the Docker host.
        type: path
      key_file:
        description: Private key of the client, on the Docker host.
        type: path
      certificate:
        description: Certificate of the client in PEM, instead of O(bus[].cert_file).
        type: str
        default: ""
      private_key:
        description: Private key of the client in PEM, instead of O(bus[].key_file). The module does not write it to a disk.
        type: str
        default: ""
      client_in_image:
        description: >-
          Whether the client's certificate or key is only in the image, where the module cannot read it. The trial then ends at the port.
        type: bool
        default: false
      tls_version:
        description: The only version of TLS to use, as nova's C(ssl_version).
        type: str
        default: ""
      declared:
        description:
          - Exchanges and queues that nova-compute shares with the services of the cloud. Those that exist must have these properties.
          - The module never creates one. It declares only what exists, which RabbitMQ refuses if a property differs.
        type: list
        elements: dict
        default: []
        suboptions:
          kind:
            description: What it is.
            type: str
            choices: [exchange, queue]
            required: true
          name:
            description: Its name.
            type: str
            required: true
          type:
            description: Type of an exchange, such as V(topic).
            type: str
            default: ""
          durable:
            description: Whether it outlives a restart of the broker.
            type: bool
            default: false
          auto_delete:
            description: Whether the broker deletes it with its last user.
            type: bool
            default: false
          arguments:
            description: Arguments of a queue, such as C(x-queue-type).
            type: dict
            default: {}
          falls_back:
            description: Whether nova declares it as not durable where it exists as such.
            type: bool
            default: false
          options:
            description: Options in nova's section C([oslo_messaging_rabbit]) that decide the properties.
            type: list
            elements: str
            default: []
  authorities:
    description:
      - Certificates of authorities in PEM, by name, for targets whose authority is not in a file of the Docker host.
      - The controller reads them from the targets' C(services_files).
    type: dict
    default: {}
  pyvmomi_to_come:
    description:
      - In check mode, skip checks that need pyVmomi if it is missing, instead of reporting it.
      - The role P(novafleet.compute.docker_host#role) reports whether it would install pyVmomi.
    type: bool
    default: false
  timeout:
    description: >-
      Maximum time in seconds for a connection, and for each answer of a hypervisor. All checks of one hypervisor together may take three
      times as long.
    type: int
    default: 5
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
