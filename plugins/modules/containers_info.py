#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containers_info
short_description: Report the state of all service containers of a fleet on a Docker host
description:
  - Reads all containers of the fleet with one request, whatever their number.
  - Memory, processor time and start times are read from the kernel of the Docker host, not from the engine.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
attributes:
  check_mode:
    description: The module changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  fleet:
    description: Name of the set of services.
    type: str
    default: nova
  images:
    description: Images to look for on the Docker host.
    type: list
    elements: str
    default: []
  log_lines:
    description: Return this many of the last log lines of the services in O(log_services).
    type: int
    default: 20
  log_services:
    description: Services whose log to read, RV(services[].log) and RV(services[].cause), with two requests each.
    type: list
    elements: str
    default: []
  nova_options_of:
    description:
      - Images whose list of nova's options to return.
      - The module reads an image in a container that it never starts, and caches the list in C(/run/novafleet) by the id of the image.
    type: list
    elements: str
    default: []
  restarts:
    description:
      - Whether to report how often Docker restarted each container.
      - This costs one more request for each container, because Docker's list does not tell.
    type: bool
    default: false
seealso:
  - module: novafleet.compute.containers
"""

EXAMPLES = r"""
- name: Read the state of the fleet
  novafleet.compute.containers_info:
    fleet: nova
  register: fleet

- name: Show what does not run
  ansible.builtin.debug:
    msg: "{{ fleet.services | rejectattr('state', 'equalto', 'running') | map(attribute='name') }}"
"""

RETURN = r"""
services:
  description: The fleet's containers, in the order of their services' names.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: xs-01
    container:
      description: Name of its container.
      type: str
      sample: nova-compute-xs-01
    id:
      description: Docker's id of the container.
      type: str
    state:
      description: Docker's state of the container, or V(lost) if Docker calls it stopped while its processes run.
      type: str
      sample: running
    part:
      description:
        - V(active) where it is nova-compute, V(standby) where it waits for the lease and was tested, V(starting) where it waits and
          was not tested yet.
        - Null if it does not run, runs another program, or the kernel of this machine does not say.
      type: str
      sample: active
    health:
      description: V(starting), V(healthy) or V(unhealthy), and empty where it has no health check.
      type: str
      sample: healthy
    status:
      description: Docker's sentence about it.
      type: str
      sample: Up 3 minutes
    image:
      description: Image that it was created from.
      type: str
    image_id:
      description: Id of that image.
      type: str
    image_current:
      description: Whether the name of its image still leads to the image that it was created from.
      type: bool
    created:
      description: When it was created, in seconds since the epoch.
      type: int
    age_seconds:
      description: Seconds since its processes were started. Null if it does not run, or the kernel does not say.
      type: int
    started_at:
      description: When that was, by the Docker host's clock. Null as above.
      type: str
      sample: "2026-11-23T01:02:03Z"
    memory_bytes:
      description: Memory charged to it, without the page cache that can be dropped. Null as above.
      type: int
    cpu_seconds:
      description: Processor time that it has used since it was started. Null as above.
      type: float
    restarts:
      description: How often Docker restarted it since its last start by hand or by a module. Null if the container is gone.
      returned: O(restarts=true)
      type: int
    labels:
      description: Its labels.
      type: dict
    log:
      description: Last log lines since it was started. If Docker restarts it repeatedly, also lines from before.
      returned: for the services in O(log_services)
      type: str
    cause:
      description: The last error in its log, the message of an exception if there is one. Empty if there is none.
      returned: for the services in O(log_services)
      type: str
      sample: "VimFaultException: Cannot complete login due to an incorrect user name or password."
nova_options:
  description: The images of O(nova_options_of) that the Docker host has.
  returned: always
  type: list
  elements: dict
  contains:
    image:
      description: Name of the image.
      type: str
    options:
      description: The list, compressed by zlib and encoded in base64. Empty where there is none.
      type: str
    reason:
      description: Why there is none.
      type: str
images:
  description: Image to its id, or null where the Docker host lacks it.
  returned: always
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC, open_engine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_options import nova_options
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.info import fleet_info

ARGUMENT_SPEC = dict(
    ENGINE_ARGUMENT_SPEC,
    fleet=dict(type="str", default="nova"),
    images=dict(type="list", elements="str", default=[]),
    log_lines=dict(type="int", default=20),
    log_services=dict(type="list", elements="str", default=[]),
    nova_options_of=dict(type="list", elements="str", default=[]),
    restarts=dict(type="bool", default=False),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        module.exit_json(changed=False, **_state(module.params, module.check_mode))


def _state(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    engine = open_engine(params, check_mode)
    return dict(
        services=fleet_info(engine, params["fleet"], params["log_services"], params["log_lines"], params["restarts"]),
        images=engine.image_ids(params["images"]),
        nova_options=nova_options(engine, params["nova_options_of"]),
    )


if __name__ == "__main__":
    main()
