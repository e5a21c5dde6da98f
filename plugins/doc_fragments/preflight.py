# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a preflight tries: the options of the modules that run one."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.preflight."""

    DOCUMENTATION = r"""
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
