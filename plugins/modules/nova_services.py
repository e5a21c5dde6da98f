#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_services
short_description: Enable or disable nova-compute services
description:
  - Sets whether nova may schedule new instances to services.
  - It can also disable a service whose host is not mapped to a cell yet, so that nova's scheduler never sees it enabled.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: Reports which services would be changed.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
requirements:
  - Compute API >= 2.53
extends_documentation_fragment:
  - novafleet.compute.cloud
options:
  hosts:
    description: Service hosts. nova must have all of them.
    type: list
    elements: str
    required: true
  status:
    description: Status to set.
    type: str
    choices: [enabled, disabled]
    required: true
  reason:
    description: Reason for nova's C(disabled_reason). A service that is already disabled keeps its reason.
    type: str
    default: disabled by novafleet.compute
  instead_of:
    description: Reasons of disabled services that O(reason) replaces.
    type: list
    elements: str
    default: []
  only_reason:
    description: Enable only services whose reason begins with this text. Services that were disabled for another reason stay disabled.
    type: str
    default: ""
seealso:
  - module: novafleet.compute.nova_services_info
  - module: novafleet.compute.nova_retire
"""

EXAMPLES = r"""
- name: Keep a service disabled until the change window
  novafleet.compute.nova_services:
    cloud: mycloud
    hosts: [xs-01]
    status: disabled
    reason: CHG0042, until Friday
  delegate_to: localhost

- name: Enable the service, unless an operator disabled it for another reason
  novafleet.compute.nova_services:
    cloud: mycloud
    hosts: [xs-01]
    status: enabled
    only_reason: CHG0042
  delegate_to: localhost
"""

RETURN = r"""
hosts:
  description: Service hosts that were changed.
  returned: success, and when nova fails in the middle
  type: list
  elements: str
  sample: [xs-01]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, set_status

ARGUMENT_SPEC = dict(
    cloud.CLOUD_ARGUMENT_SPEC,
    hosts=dict(type="list", elements="str", required=True),
    status=dict(type="str", choices=["enabled", "disabled"], required=True),
    reason=dict(type="str", default="disabled by novafleet.compute"),
    instead_of=dict(type="list", elements="str", default=[]),
    only_reason=dict(type="str", default=""),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        set_status.set_status(module)


if __name__ == "__main__":
    main()
