# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a preflight tries of message buses: an option of the modules that run one."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.preflight_bus."""

    DOCUMENTATION = r"""
options:
  bus:
    description:
      - Message buses that give leases to services. The controller sets it from those of O(services) that take a lease.
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
"""
