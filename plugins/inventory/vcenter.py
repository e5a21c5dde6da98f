# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters of vCenters as targets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vcenter
short_description: Discover the clusters of vCenters as targets
version_added: 1.0.0
description:
  - Adds each selected cluster of one or more vCenters to the group C(vcenter) of the inventory, so that it gets a nova-compute.
  - Sets the variable C(services_vcenter_cluster) with the options of nova that identify the cluster. They override C(services_vcenter) of
    the inventory.
  - Sets C(vcenter_name), C(vcenter_address), C(vcenter_cluster), C(vcenter_moid), C(vcenter_datacenter), C(vcenter_folder),
    C(vcenter_path), C(vcenter_hosts) and C(vcenter_datastores), for groups and for O(hostname).
  - With O(tags) or O(with_tags), also sets C(vcenter_tags).
  - The file's name must end in C(vcenter.yml) or C(vcenter.yaml).
author:
  - The novafleet.compute authors (@novafleet)
requirements:
  - pyvmomi >= 8.0.1 on the controller
extends_documentation_fragment:
  - novafleet.compute.discovery
  - constructed
  - inventory_cache
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [novafleet.compute.vcenter]
  vcenters:
    description: The vCenters to query.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Host name or address. It becomes nova's C(host_ip).
        type: str
        required: true
      port:
        description: TCP port of the API.
        type: int
        default: 443
      name:
        description: Prefix of the targets' names. By default the vCenter's host name without the domain, or its address.
        type: str
      username:
        description: Account that may read all clusters, instead of O(username).
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
        description: Further options of nova's section C([vmware]) for the clusters, such as C(ca_file), which is a path in the containers.
        type: dict
        default: {}
  username:
    description: Account on all vCenters that do not set their own.
    type: str
    env:
      - name: NOVAFLEET_VCENTER_USERNAME
  password:
    description:
      - Password of the account. Encrypt it with C(!vault), or use a lookup or the environment.
      - Targets get the text of this option unchanged, so C(ansible-inventory) and the cache do not show an encrypted password.
    type: str
    env:
      - name: NOVAFLEET_VCENTER_PASSWORD
  account:
    description: Whether the services use this account, too. Otherwise set their account in C(services_vcenter).
    type: bool
    default: true
  datacenters:
    description: Names of data centres. Clusters of other data centres are left out. An empty list includes all.
    type: list
    elements: str
    default: []
  folders:
    description:
      - Folders of clusters, as paths below the data centre such as V(Production/East).
      - A cluster that is not in or below one of them is left out. An empty list includes all.
    type: list
    elements: str
    default: []
  tags:
    description:
      - Names of vSphere tags, without their categories. A cluster that has none of them is left out. An empty list includes all.
      - The plugin reads tags from the vCenter's REST API, so a proxy must not restrict requests to C(/sdk). It uses C(/api)
        of vCenter 7.0 U2 and newer, and otherwise C(/rest) of 6.5 and newer.
    type: list
    elements: str
    default: []
  with_tags:
    description: Whether to read the tags into C(vcenter_tags) if O(tags) is empty.
    type: bool
    default: false
"""

EXAMPLES = r"""
# inventory/vcenter.yml: every cluster of one vCenter, with its account from the environment
plugin: novafleet.compute.vcenter
vcenters:
  - address: vc1.example.com

---
# Some clusters of two vCenters: vc-berlin-Compute-1, vc-paris-Compute-1 and so on
plugin: novafleet.compute.vcenter
vcenters:
  - name: vc-berlin
    address: vc1.example.com
    ca_file: /etc/ssl/vcenter.pem
    options:
      ca_file: /etc/nova/vcenter.pem
  - name: vc-paris
    address: vc2.example.com
    username: other@vsphere.local
    password: "{{ lookup('ansible.builtin.env', 'PARIS_PASSWORD') }}"
username: nova@vsphere.local
password: "{{ lookup('ansible.builtin.unvault', '/etc/ansible/vcenter-password') | trim }}"
include: ["^Compute"]
exclude: ["-old$"]
hostname: vcenter_name ~ '-' ~ (vcenter_cluster | regex_replace('[^A-Za-z0-9_.-]+', '-'))
keyed_groups:
  - key: vcenter_datacenter
    prefix: dc
  - key: vcenter_tags
    prefix: tag
with_tags: true
compose:
  services_docker_host: "'docker-' ~ vcenter_name"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible/vcenter
"""

from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import vcenter, vcenter_tags
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import Endpoint
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.plugin import Discovery, Record
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import Selection

HTTPS = 443


class InventoryModule(Discovery):
    """Inventory plugin novafleet.compute.vcenter."""

    NAME = "novafleet.compute.vcenter"
    GROUP, ENDPOINTS, VARIABLE = "vcenter", "vcenters", "services_vcenter_cluster"

    def fetch(self, endpoint: Endpoint) -> list[Record]:
        clusters = vcenter.fetch(endpoint)
        return vcenter_tags.tagged(endpoint, clusters) if self._with_tags() else clusters

    def get_cache_key(self, path: str) -> str:
        """What was found without tags does not serve where they are asked for."""
        return super().get_cache_key(path) + ("_tags" if self._with_tags() else "")

    def _with_tags(self) -> bool:
        return bool(self.get_option("with_tags") or self.get_option("tags"))

    def default_name(self, endpoint: Endpoint, record: Record) -> str:
        return f"{endpoint.name}-{record['cluster']}"

    def place(self, endpoint: Endpoint, record: Record) -> str:
        return f"{endpoint.name}:{record['path']}"

    def chosen(self, record: Record, selection: Selection) -> bool:
        inside = vcenter.within(record, self.get_option("datacenters"), self.get_option("folders"))
        tags = self.get_option("tags")
        return inside and selection(record["cluster"]) and (not tags or not set(tags).isdisjoint(record["tags"]))

    def refused(self, endpoint: Endpoint, everything: list[Record], chosen: list[Record]) -> list[str]:
        return vcenter.ambiguous(endpoint.option, everything, chosen)

    def facts(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        facts = {f"vcenter_{name}": value for name, value in record.items() if name != "raw_name"}
        return dict(facts, vcenter_name=endpoint.name, vcenter_address=endpoint.address)

    def driver_options(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        port = {} if endpoint.port == HTTPS else {"host_port": endpoint.port}
        return dict(host_ip=endpoint.address, cluster_name=record["raw_name"], **port)

    def account_options(self, endpoint: Endpoint) -> dict[str, Any]:
        return dict(host_username=endpoint.username, host_password=endpoint.password)
