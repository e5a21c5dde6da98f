#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check from a Docker host that the services will reach what they need
description:
  - Connects to all endpoints at the same time, so that any number of dead ones costs one time-out.
  - Changes nothing, and fails for none of them. What does not answer is returned as problems.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
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
    required: true
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
  timeout:
    description: Seconds that one connection may take.
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
"""

RETURN = r"""
problems:
  description: One sentence for each endpoint that does not answer.
  returned: always
  type: list
  elements: str
  sample:
    - "services_transport_url: rabbit1.example.com port 5672 does not answer: timed out."
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._reach import unreachable

ENDPOINT_ARGUMENT_SPEC = dict(
    address=dict(type="str", required=True),
    port=dict(type="int", required=True),
    variable=dict(type="str", required=True),
    targets=dict(type="list", elements="str", default=[]),
)

ARGUMENT_SPEC = dict(
    endpoints=dict(type="list", elements="dict", required=True, options=ENDPOINT_ARGUMENT_SPEC),
    timeout=dict(type="int", default=5),
)


def main():
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(changed=False, problems=unreachable(module.params["endpoints"], module.params["timeout"]))


if __name__ == "__main__":
    main()
