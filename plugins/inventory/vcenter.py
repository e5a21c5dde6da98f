# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters of vCenters as targets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vcenter
short_description: The clusters of vCenters as targets
version_added: 0.1.0
description:
  - Makes each chosen cluster of one or more vCenters an inventory host in the group C(vcenter), so that it gets a nova-compute.
  - Its variable C(services_vcenter_cluster) holds the options of nova that find it. C(services_vcenter) of the inventory lies below these.
  - Sets C(vcenter_name), C(vcenter_address), C(vcenter_cluster), C(vcenter_moid), C(vcenter_datacenter), C(vcenter_folder), C(vcenter_path),
    C(vcenter_hosts) and C(vcenter_datastores), for groups and for O(hostname), and with O(tags) or O(with_tags) C(vcenter_tags).
  - The file's name ends in C(vcenter.yml) or C(vcenter.yaml).
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
    description: Says that the file is one of this plugin.
    type: str
    required: true
    choices: [novafleet.compute.vcenter]
  vcenters:
    description: The vCenters to ask.
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
        description: What its targets' names begin with. By default its host name without the domain, or its address.
        type: str
      username:
        description: Account that may read all clusters, instead of O(username).
        type: str
      password:
        description: Its password, instead of O(password).
        type: str
      ca_file:
        description: Certificate authority that signed its certificate, a path on the controller. By default the system's authorities.
        type: path
      insecure:
        description: Accept any certificate. Whoever is on the way can then read the password.
        type: bool
        default: false
      timeout:
        description: Seconds that connecting and each answer may take.
        type: float
        default: 30
      options:
        description: Further options of nova's section C([vmware]) for its clusters, such as C(ca_file), a path in the containers.
        type: dict
        default: {}
  username:
    description: Account on all vCenters that name none of their own.
    type: str
    env:
      - name: NOVAFLEET_VCENTER_USERNAME
  password:
    description:
      - Its password. Encrypt it with C(!vault), use a lookup or the environment.
      - Targets get it as it is written here, so that neither C(ansible-inventory) nor the cache shows what is encrypted.
    type: str
    env:
      - name: NOVAFLEET_VCENTER_PASSWORD
  account:
    description: Whether the services use this account too. Without it, C(services_vcenter) has to name theirs.
    type: bool
    default: true
  datacenters:
    description: Names of data centres; clusters of others are left out. Without any, all are taken.
    type: list
    elements: str
    default: []
  folders:
    description:
      - Folders of clusters, as paths below the data centre such as V(Production/East).
      - Clusters neither in one of them nor below it are left out. Without any, all are taken.
    type: list
    elements: str
    default: []
  tags:
    description:
      - Names of vSphere tags, without their categories. Clusters that have none of them are left out. Without any, all are taken.
      - They are read from the vCenter's REST API, so a proxy that lets through nothing but C(/sdk) is in the way.
    type: list
    elements: str
    default: []
  with_tags:
    description: Whether tags are read, for C(vcenter_tags), where O(tags) names none.
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
