#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containers_info
short_description: Get the state of all service containers of a fleet on a Docker host
description:
  - Reads all containers of the fleet with one request, for any number of containers.
  - Reads memory, processor time and start times from the kernel of the Docker host, not from the engine.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
  - novafleet.compute.engine.to_come
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
options:
  details:
    description:
      - Whether to return everything of each container.
      - Without it, the module does not read memory, processor time and start times, and returns only what a deployment decides by.
    type: bool
    default: true
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
    description: Number of log lines to return for the services in O(log_services).
    type: int
    default: 20
  log_services:
    description: Services whose RV(services[].log) and RV(services[].cause) to return. This costs two requests for each.
    type: list
    elements: str
    default: []
  nova_options_of:
    description:
      - Images whose list of nova's options to return.
      - The module reads an image in a container that it never starts, and keeps the result in C(/run/novafleet) by the image's id.
    type: list
    elements: str
    default: []
  restarts:
    description:
      - Whether to return how often Docker restarted each container.
      - This costs one more request for each container.
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

- name: Show services that do not run
  ansible.builtin.debug:
    msg: "{{ fleet.services | rejectattr('state', 'equalto', 'running') | map(attribute='name') }}"
"""

RETURN = r"""
services:
  description: Containers of the fleet, in the order of their services' names.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: xs-01
    target:
      description: Target of the service. Empty if the container does not say it.
      type: str
      sample: xs-01
    driver:
      description: Driver of the service. Empty if the container does not say it.
      type: str
      sample: xenserver
    container:
      description: Name of its container.
      returned: O(details=true)
      type: str
      sample: nova-compute-xs-01
    id:
      description: Docker's id of the container.
      type: str
    state:
      description: Docker's state of the container, or V(lost) if Docker calls it stopped but its process is running.
      type: str
      sample: running
    part:
      description:
        - V(active) if nova-compute runs. V(standby) if the container waits for the lease and has passed its test. V(starting) if it waits
          and the test has not finished.
        - Null if it does not run, runs another program, or the kernel does not show it.
      type: str
      sample: active
    health:
      description: V(starting), V(healthy) or V(unhealthy). Empty without a health check.
      returned: O(details=true)
      type: str
      sample: healthy
    status:
      description: Docker's description of the state.
      returned: O(details=true)
      type: str
      sample: Up 3 minutes
    image:
      description: Image of the container.
      type: str
    image_id:
      description: Id of that image.
      returned: O(details=true)
      type: str
    image_current:
      description: Whether the name of its image still refers to the image of the container.
      returned: O(details=true)
      type: bool
    created:
      description: Creation time, in seconds since the epoch.
      returned: O(details=true)
      type: int
    age_seconds:
      description: Time in seconds since its processes were started. Null if it does not run, or the kernel does not show it.
      returned: O(details=true)
      type: int
    started_at:
      description: Start time of its processes, by the Docker host's clock. Null if it does not run, or the kernel does not show it.
      returned: O(details=true)
      type: str
      sample: "2026-11-23T01:02:03Z"
    memory_bytes:
      description: >-
        Memory charged to the container, without page cache that can be dropped. Null if it does not run, or the kernel does not show it.
      returned: O(details=true)
      type: int
    cpu_seconds:
      description: Processor time since its start. Null if it does not run, or the kernel does not show it.
      returned: O(details=true)
      type: float
    restarts:
      description: Number of restarts by Docker since the last start by a user. Null if the container is gone by now.
      returned: O(restarts=true)
      type: int
    labels:
      description: Its labels.
      returned: O(details=true)
      type: dict
    log:
      description: Last log lines since its start, or since earlier if Docker restarts it repeatedly.
      returned: for the services in O(log_services)
      type: str
    cause:
      description: Last error in its log, or the message of an exception if there is one. Empty without an error.
      returned: for the services in O(log_services)
      type: str
      sample: "VimFaultException: Cannot complete login due to an incorrect user name or password."
nova_options:
  description: Lists of options of those images in O(nova_options_of) that are on the Docker host.
  returned: always
  type: list
  elements: dict
  contains:
    image:
      description: Name of the image.
      type: str
    options:
      description: The list, compressed with zlib and encoded in base64. Empty if there is no list.
      type: str
    reason:
      description: Reason if there is no list.
      type: str
images:
  description: Ids of the images by name. Null if the Docker host does not have the image.
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
    details=dict(type="bool", default=True),
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
    asked = {name: params[name] for name in ("log_services", "log_lines", "restarts", "details")}
    return dict(
        services=fleet_info(engine, params["fleet"], **asked),
        images=engine.image_ids(params["images"]),
        nova_options=nova_options(engine, params["nova_options_of"]),
    )


if __name__ == "__main__":
    main()
