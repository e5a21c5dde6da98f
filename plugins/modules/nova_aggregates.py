#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nova_aggregates
short_description: Add the hosts of nova-compute services to host aggregates
description:
  - Creates host aggregates that nova does not have, and adds hosts to them. It never removes a host, and never changes an aggregate.
  - Refuses everything, before it changes anything, if an aggregate exists with another availability zone.
  - The role C(services) calls it for new services only. Use it where you want a service that exists to join.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
attributes:
  check_mode:
    description: Reports what would be created and joined.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
extends_documentation_fragment:
  - novafleet.compute.cloud
options:
  services:
    description: Service hosts with their host aggregates.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: Service host. It must be mapped to a cell.
        type: str
        required: true
      aggregates:
        description: Host aggregates of the host.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the aggregate.
            type: str
            required: true
          availability_zone:
            description:
              - Availability zone of the aggregate. An aggregate that exists must have the same one.
              - Without it, an aggregate that exists is used as it is, and a new one has no availability zone.
            type: str
seealso:
  - module: novafleet.compute.nova_services
"""

EXAMPLES = r"""
- name: Add a host to the aggregate of its rack, which is an availability zone
  novafleet.compute.nova_aggregates:
    cloud: mycloud
    services:
      - host: xs-01
        aggregates:
          - name: rack-1
            availability_zone: az-1
  delegate_to: localhost
"""

RETURN = r"""
created:
  description: Host aggregates that were created.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the aggregate.
      type: str
    availability_zone:
      description: Its availability zone, or null.
      type: str
joined:
  description: Hosts that were added to an aggregate.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: Service host.
      type: str
    aggregate:
      description: Name of the aggregate.
      type: str
problems:
  description: Why nothing was changed, one sentence a problem.
  returned: success, and when something is wrong with an aggregate
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, join_aggregates

AGGREGATE_SPEC = dict(name=dict(type="str", required=True), availability_zone=dict(type="str"))
SERVICE_SPEC = dict(
    host=dict(type="str", required=True),
    aggregates=dict(type="list", elements="dict", required=True, options=AGGREGATE_SPEC),
)
ARGUMENT_SPEC = dict(
    cloud.CLOUD_ARGUMENT_SPEC,
    services=dict(type="list", elements="dict", required=True, options=SERVICE_SPEC),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        join_aggregates.join_aggregates(module)


if __name__ == "__main__":
    main()
