#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containers
short_description: Manage a fleet of service containers on a Docker host
description:
  - Brings any number of service containers on a Docker host to the desired state with one call.
  - Reads the actual state with one request, for any number of services.
  - Never touches containers and files that this module did not create. If one of them has a name that the module needs, that is an error
    before any change.
  - Restarts a container if only the files of its service change. Replaces it if its image or its settings change.
  - Copies only files that differ from those on the Docker host, all in one transfer.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
attributes:
  check_mode:
    description: Shows the plan of a real run.
    support: full
  diff_mode:
    description: Shows each service's changed C(nova.conf) as a unified diff, secrets masked, and the digests of all other changed files.
    support: full
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
options:
  fleet:
    description: Name of the set of services. The module does not touch other fleets on the same Docker host.
    type: str
    default: nova
  services:
    description: Services to run on this Docker host.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the service, unique on the Docker host. For nova-compute it is the service host.
        type: str
        required: true
      image:
        description: Image of this service. By default O(image).
        type: str
      command:
        description: Command and arguments. By default those of the image.
        type: list
        elements: str
      container:
        description: Settings of this container. They override O(container).
        type: dict
      memory_mb:
        description: Memory in MB that this service needs on the Docker host. By default O(memory_per_service_mb).
        type: int
      target:
        description:
          - Inventory host of this service. The module renders C(nova.conf) and C(compute_id) from its variables, and adds them to the
            files.
          - Needs O(nova_conf).
        type: str
      files:
        description: Files of the service. The container mounts them read-only at O(container.files_target).
        type: list
        elements: dict
        suboptions:
          path:
            description: File name without a directory.
            type: str
            required: true
          content:
            description: Content of the file. It never appears in the module's arguments, logs or results.
            type: str
          sha256:
            description: Internal. Digest of the content, which the module's part on the controller calculates.
            type: str
          mode:
            description: Permissions in octal notation.
            type: str
            default: "0640"
          immutable:
            description: Whether a change of the written content is an error.
            type: bool
            default: false
  image:
    description: Image of all services that do not set their own. It must already be on the Docker host.
    type: str
  images_to_come:
    description: In check mode, images to treat as present, because a run would have provided or changed them by now.
    type: list
    elements: str
    default: []
  nova_conf:
    description: How to render the files of services with a O(services[].target). Used on the controller only.
    type: dict
    suboptions:
      templates:
        description: Directory of the templates on the controller.
        type: path
        required: true
      base:
        description: Path of a complete C(nova.conf) on the controller. All other settings override it.
        type: path
      defaults:
        description: Options by section. O(nova_conf.base) and all other settings override them.
        type: dict
        default: {}
      files:
        description: Files for every service with a O(services[].target), as a dict of file name and path on the controller.
        type: dict
        default: {}
      identity_namespace:
        description: Namespace of the compute node identities. The module derives an identity from it and the service host.
        type: str
        required: true
      compute_ids:
        description: Uuids of the compute nodes that nova already has, by service host. The module uses them instead of derived ones.
        type: dict
        default: {}
      releases:
        description:
          - Known nova releases of the images.
          - A release before 27.0.0 (2023.1) generates the uuid of its compute node and does not read C(compute_id). The module then writes
            no C(compute_id), so that a later release uses the uuid in nova.
        type: list
        elements: str
        default: []
      groups:
        description: Inventory groups by driver, as in the module M(novafleet.compute.check_targets).
        type: dict
        default: {}
      option_kinds:
        description: >-
          Kinds of options, as the module M(novafleet.compute.check_targets) returns them. Without it, the names of the options decide.
        type: dict
        default: {}
      secret_options:
        description: Names of secret options, as the module M(novafleet.compute.check_targets) returns them.
        type: list
        elements: str
        default: []
  container:
    description: Settings of all containers of this call.
    type: dict
    default: {}
    suboptions:
      user:
        description: Numeric user and group of the service. By default those of nova in RDO's packages.
        type: str
        default: "162:162"
      network_mode:
        description: >-
          Docker network mode. The default is C(host), because a bridge has only 1023 ports and the services need no inbound port.
        type: str
        default: host
      read_only:
        description: Whether the root file system is read-only.
        type: bool
        default: true
      init:
        description: Whether to run Docker's small init as process 1.
        type: bool
        default: true
      cap_drop:
        description: Capabilities to drop.
        type: list
        elements: str
        default: [ALL]
      cap_add:
        description: Capabilities to add.
        type: list
        elements: str
        default: []
      security_opt:
        description: Docker security options.
        type: list
        elements: str
        default: [no-new-privileges]
      entrypoint:
        description:
          - Program and arguments of the container, instead of the entrypoint and command of the image.
          - By default those of the image.
        type: list
        elements: str
      files_target:
        description: Directory in the container for the files of the service.
        type: str
        default: /etc/nova
      mounts:
        description: Further bind mounts.
        type: list
        elements: dict
        default: []
        suboptions:
          source:
            description: Path on the Docker host. It must exist.
            type: path
            required: true
          target:
            description: Path in the container.
            type: str
            required: true
          read_only:
            description: Whether the container may only read it.
            type: bool
            default: true
      tmpfs:
        description: Mount options of tmpfs file systems, by path in the container.
        type: dict
        default: {"/tmp": "rw,size=64m,mode=1777"}
      environment:
        description: Environment variables. C(docker inspect) shows them, so never set a secret here.
        type: dict
        default: {}
      devices:
        description: Devices in the notation of C(docker run --device).
        type: list
        elements: str
        default: []
      ulimits:
        description: Limits by name, such as C(nofile).
        type: dict
        default: {}
      pids_limit:
        description: Maximum number of threads and processes in the container. 0 sets no limit.
        type: int
        default: 0
      memory:
        description: Memory limit in bytes. 0 sets no limit.
        type: int
        default: 0
      cpu_shares:
        description: CPU weight of the container's processes under load. 0 uses the engine's default of 1024.
        type: int
        default: 0
      runtime:
        description:
          - OCI runtime of the engine. Empty uses the engine's default runtime.
          - A runtime that the engine does not know is an error before any change.
        type: str
        default: ""
      userns_mode:
        description:
          - V(host) excludes the container from user remapping (C(userns-remap)).
          - Set it if the engine remaps users. Otherwise it refuses containers in the host's network.
        type: str
        choices: ["", host]
        default: ""
      stop_timeout:
        description:
          - Maximum time in seconds for the service to stop before the engine kills it.
          - The default is longer than nova's C(manager_shutdown_timeout) of 160.
        type: int
        default: 180
      restart_policy:
        description: >-
          Docker restart policy. The default restarts a service after any exit, because several fatal XenAPI errors end nova-compute with
          exit status 0.
        type: str
        choices: [unless-stopped, always, "no"]
        default: unless-stopped
      log:
        description: Log driver of the containers.
        type: dict
        default: {}
        suboptions:
          driver:
            description: Name of the driver.
            type: str
            default: json-file
          options:
            description:
              - Options of the driver. The module tests whether the engine accepts them before any change.
              - By default the drivers V(json-file) and V(local) keep 3 files of 10 MB, and other drivers get no options.
            type: dict
      healthcheck:
        description:
          - Docker health check of the service. Without it, a service that stays up counts as healthy.
          - A probe starts a process in the container and costs CPU time. Use a small command and an interval of a minute or more.
        type: dict
        suboptions:
          test:
            description: Command and arguments. V(CMD), V(CMD-SHELL) or V(NONE) as the first word has the same meaning as in Docker.
            type: list
            elements: str
            required: true
          interval:
            description: Time in seconds between two probes.
            type: float
            default: 60
          timeout:
            description: Maximum time in seconds for a probe.
            type: float
            default: 10
          start_period:
            description: Time in seconds after the start during which failures do not count.
            type: float
            default: 0
          retries:
            description: Number of consecutive failures that make the service unhealthy.
            type: int
            default: 3
      labels:
        description: Further labels.
        type: dict
        default: {}
  container_prefix:
    description: Prefix of the container names. The name of the service follows it.
    type: str
    default: nova-compute-
  config_dir:
    description: Directory on the Docker host with one directory of files for each service.
    type: path
    default: /etc/novafleet
  files_owner:
    description: Numeric user that owns the files.
    type: int
    default: 0
  files_group:
    description: Numeric group that may read the files. By default that of nova in RDO's packages.
    type: int
    default: 162
  state:
    description:
      - V(present) applies the list of services to the Docker host.
      - V(absent) removes the listed services, or the whole fleet with O(all).
    type: str
    choices: [present, absent]
    default: present
  all:
    description:
      - Whether to remove the whole fleet from this Docker host. Use it only with O(state=absent) and without O(services).
      - An empty list of services alone removes nothing, because a wrong expression can produce it.
    type: bool
    default: false
  prune:
    description: Whether to remove services of the fleet that are not listed. By default the module reports them and leaves them running.
    type: bool
    default: false
  concurrency:
    description:
      - Number of services to work on at the same time.
      - V(0) means twice the number of the host's processors, at least 4 and at most 32. More than that wait for each other inside the
        engine.
    type: int
    default: 0
  max_unavailable:
    description:
      - Maximum number of running services that are interrupted at the same time.
      - A number, or a share of the services such as V(10%), rounded down, but at least one.
    type: str
    default: "1"
  max_failures:
    description: Number of failed services that a rolling update allows. After more failures, the remaining services stay unchanged.
    type: int
    default: 0
  settle:
    description: Time in seconds that a started container must stay up to count as started.
    type: int
    default: 3
  health_timeout:
    description: Maximum time in seconds for a started container with a O(container.healthcheck) to become healthy.
    type: int
    default: 120
  start_cpu_seconds:
    description:
      - CPU seconds that a service needs to start. The module spreads the starts so that the host's processors keep up.
      - V(0) starts all services as fast as the engine can.
    type: float
    default: 0
  memory_per_service_mb:
    description:
      - Memory in MB that one service needs on the host. If the available memory is too small for the services that do not run yet, that is
        an error before any change.
      - V(0) switches the check off, also for services with O(services[].memory_mb). The module also skips the check if O(docker_host) is
        not a socket of its machine.
    type: int
    default: 0
  memory_reserve_mb:
    description: Memory in MB that the memory check keeps free.
    type: int
    default: 512
  memory_swap_percent:
    description: Percentage of the free swap space that the memory check counts as memory. Set it only for compressed swap (zram).
    type: int
    default: 0
  lock_timeout:
    description: Maximum time in seconds to wait for another run on the same fleet and Docker host.
    type: int
    default: 60
  secret_options:
    description:
      - Names of further options in C(nova.conf) whose values a diff masks. It always masks options whose names suggest a secret.
      - By default those in O(nova_conf.secret_options).
    type: list
    elements: str
    default: []
  _controller:
    description: Internal. The module's part on the controller sets it, and ignores what a task sets.
    type: dict
    default: {}
    suboptions:
      rendered:
        description: Files of each service with a target, as in O(services[].files) but without the contents.
        type: dict
        default: {}
      bundle:
        description: File on the Docker host with the contents.
        type: path
      progress:
        description: File on the Docker host for the progress of the module.
        type: path
seealso:
  - module: novafleet.compute.containers_info
"""

EXAMPLES = r"""
- name: Two services from one image
  novafleet.compute.containers:
    fleet: demo
    image: novafleet/nova-compute:34.0.0
    services:
      - name: xs-01
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-01.conf.j2') }}"
      - name: xs-02
        container:
          memory: 536870912
        files:
          - path: nova.conf
            content: "{{ lookup('ansible.builtin.template', 'xs-02.conf.j2') }}"

- name: Remove one of them, and its files
  novafleet.compute.containers:
    fleet: demo
    state: absent
    services:
      - name: xs-02

- name: Remove the whole fleet from this Docker host
  novafleet.compute.containers:
    fleet: demo
    state: absent
    all: true
"""

RETURN = r"""
services:
  description: Result of each service, in the order of their names.
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
    action:
      description: >-
        Action: create, start, recreate, restart, rename, remove, leave or unwanted.
      type: str
      sample: create
    part:
      description:
        - V(active), or V(standby) or V(starting) if the container waited for the lease before, as in the module
          M(novafleet.compute.containers_info).
        - The module changes waiting containers first and all at once, because that interrupts no service. Null if the action interrupts
          nothing.
      type: str
    changed:
      description: Whether the module changed anything for this service.
      type: bool
    reasons:
      description: Reasons for the action.
      type: list
      elements: str
      sample: [nova.conf changed]
    seconds:
      description: Duration in seconds.
      type: float
      sample: 0.21
    started_at:
      description: Start time of its container, by the Docker host's clock. Null if the module did not start it.
      type: str
      sample: "2026-11-23T01:02:03.456789Z"
    error:
      description: Error message, or null.
      type: str
finished_at:
  description: End time of the module, by the Docker host's clock.
  returned: always
  type: str
  sample: "2026-11-23T01:02:03Z"
summary:
  description: Number of services for each action, and number of failures.
  returned: always
  type: dict
  sample: {create: 2, leave: 498, failed: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import run
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        run.apply(module)


if __name__ == "__main__":
    main()
