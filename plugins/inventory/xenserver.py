# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of XenServer pools as targets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: xenserver
short_description: Discover the members of XenServer pools as targets
version_added: 1.0.0
description:
  - Adds each selected member of one or more pools to the group C(xenserver) of the inventory, so that it gets a nova-compute. A single
    XenServer is a pool of one.
  - Sets the variable C(services_xenserver_member) with the options of nova that identify the member. They override C(services_xenserver) of
    the inventory.
  - The C(connection_url) is the member's own. nova follows a pool's member to its master, and then looks for the member by that address.
  - Sets C(xenserver_hostname), C(xenserver_label), C(xenserver_address), C(xenserver_uuid), C(xenserver_enabled), C(xenserver_master),
    C(xenserver_pool), C(xenserver_version), C(xenserver_tags) and C(xenserver_endpoint), for groups and for O(hostname).
  - The file's name must end in C(xenserver.yml) or C(xenserver.yaml).
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.discovery
  - constructed
  - inventory_cache
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [novafleet.compute.xenserver]
  pools:
    description: The pools to query.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Host name or address of any member. The plugin follows a member that is not the master to the master.
        type: str
        required: true
      port:
        description: TCP port of the API. The services always use the default port of the URL's scheme, because nova supports no other.
        type: int
        default: 443
      name:
        description: Name of the pool in messages and in C(xenserver_endpoint). By default the host name without the domain, or the address.
        type: str
      username:
        description: Account of the pool, instead of O(username).
        type: str
      password:
        description: Password of the account, instead of O(password).
        type: str
      ca_file:
        description: >-
          Certificate of the authority that signed the endpoint's certificate, as a path on the controller. By default the system's
          authorities.
        type: path
      insecure:
        description: Whether to accept any certificate. An attacker between the two can then read the password.
        type: bool
        default: false
      timeout:
        description: Maximum time in seconds for the connection, and for each answer.
        type: float
        default: 30
      options:
        description: Further options of nova's section C([xenserver]) for the members.
        type: dict
        default: {}
  username:
    description: Account on all pools that do not set their own.
    type: str
    default: root
    env:
      - name: NOVAFLEET_XENSERVER_USERNAME
  password:
    description:
      - Password of the account. Encrypt it with C(!vault), or use a lookup or the environment.
      - Targets get the text of this option unchanged, so C(ansible-inventory) and the cache do not show an encrypted password.
    type: str
    env:
      - name: NOVAFLEET_XENSERVER_PASSWORD
  account:
    description: Whether the services use this account, too. Otherwise set their account in C(services_xenserver).
    type: bool
    default: true
  scheme:
    description:
      - Scheme of C(connection_url).
      - With V(https) the container must trust the certificates for the member's address and for its master's address.
    type: str
    choices: [https, http]
    default: https
  only_enabled:
    description:
      - Whether to leave out disabled members, for example during maintenance.
      - By default they stay targets, so that their services remain in place until they come back.
    type: bool
    default: false
"""

EXAMPLES = r"""
# inventory/xenserver.yml: every member of one pool, with the password from the environment
plugin: novafleet.compute.xenserver
pools:
  - address: xs-01.example.com

---
# Two pools, one group for each
plugin: novafleet.compute.xenserver
pools:
  - address: xs-01.example.com
    ca_file: /etc/ssl/xenserver.pem
  - address: xs-21.example.com
    password: "{{ lookup('ansible.builtin.env', 'EAST_PASSWORD') }}"
    ca_file: /etc/ssl/xenserver.pem
    options:
      sr_matching_filter: default-sr:true
password: "{{ lookup('ansible.builtin.unvault', '/etc/ansible/xenserver-password') | trim }}"
exclude: ["^test-"]
keyed_groups:
  - key: xenserver_pool
    prefix: pool
"""

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import xenserver_pool
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import Endpoint
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.plugin import Discovery, Record
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import Selection


class InventoryModule(Discovery):
    """Inventory plugin novafleet.compute.xenserver."""

    NAME = "novafleet.compute.xenserver"
    GROUP, ENDPOINTS, VARIABLE = "xenserver", "pools", "services_xenserver_member"

    def fetch(self, endpoint: Endpoint) -> list[Record]:
        return xenserver_pool.fetch(endpoint)

    def default_name(self, endpoint: Endpoint, record: Record) -> str:
        return record["hostname"]

    def place(self, endpoint: Endpoint, record: Record) -> str:
        return f"{endpoint.name}:{record['hostname']} ({record['uuid']})"

    def chosen(self, record: Record, selection: Selection) -> bool:
        return selection(record["hostname"]) and (record["enabled"] or not self.get_option("only_enabled"))

    def refused(self, endpoint: Endpoint, everything: list[Record], chosen: list[Record]) -> list[str]:
        return xenserver_pool.refused(endpoint.option, chosen)

    def facts(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        return {f"xenserver_{name}": value for name, value in dict(record, endpoint=endpoint.name).items()}

    def driver_options(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        return dict(connection_url=f"{self.get_option('scheme')}://{record['address']}")

    def account_options(self, endpoint: Endpoint) -> dict[str, Any]:
        return dict(connection_username=endpoint.username, connection_password=endpoint.password)
