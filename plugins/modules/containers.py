#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containers
short_description: Manage a fleet of service containers on a Docker host
description:
  - Creates, updates and removes any number of service containers, one for each service, in one call.
  - The actual state is read with one request, whatever the number of services.
  - Containers and files that this module did not make are never touched.
    If one of them has a name that a service needs, the module fails before it changes anything.
  - A change of a service's files alone restarts its container. A change of its image or of its settings replaces it.
  - Files travel from the controller only where they differ from those on the Docker host, all in one transfer.
version_added: 0.1.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
attributes:
  check_mode:
    description: Shows the plan that a real run would carry out.
    support: full
  diff_mode:
    description: Shows each service's changed C(nova.conf) as a unified diff, secrets masked, and the digests of all other changed files.
    support: full
  idempotent:
    description: A second call with the same options changes nothing.
    support: full
options:
  fleet:
    description: Name of the set of services. Services of other fleets on the same Docker host are left alone.
    type: str
    default: nova
  services:
    description: Services that run on this Docker host.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the service, unique on the Docker host. For nova-compute, its service host.
        type: str
        required: true
      image:
        description: Image of this service. Overrides O(image).
        type: str
      command:
        description: Command and arguments. Without it, those of the image are used.
        type: list
        elements: str
      container:
        description: Settings of this container only. They override O(container).
        type: dict
      memory_mb:
        description: Memory in MB that this service takes of the host. Overrides O(memory_per_service_mb).
        type: int
      target:
        description:
          - Inventory host whose variables make this service's C(nova.conf) and C(compute_id), which are added to its files.
          - Needs O(nova_conf).
        type: str
      files:
        description: Files of the service, mounted read-only at O(container.files_target).
        type: list
        elements: dict
        suboptions:
          path:
            description: Plain file name.
            type: str
            required: true
          content:
            description: The text of the file. It never reaches the module's arguments, logs or results.
            type: str
          sha256:
            description: Digest of the text. The controller computes it.
            type: str
          mode:
            description: Permissions, octal.
            type: str
            default: "0640"
          immutable:
            description: Whether the module fails, instead of changing the file, once other content is wanted.
            type: bool
            default: false
  image:
    description: Image of all services that do not name their own. It must be on the Docker host already.
    type: str
  images_to_come:
    description: Images that check mode takes as present, because a real run would have made or changed them before.
    type: list
    elements: str
    default: []
  nova_conf:
    description: How the files of services with a O(services[].target) are made. Used on the controller only.
    type: dict
    suboptions:
      templates:
        description: Directory of the templates on the controller.
        type: path
        required: true
      base:
        description: A complete C(nova.conf) on the controller that all other settings override.
        type: path
      defaults:
        description: Section to option to value, below O(nova_conf.base) and everything else.
        type: dict
        default: {}
      files:
        description: File name to path on the controller, of files that every service with a O(services[].target) gets.
        type: dict
        default: {}
      identity_namespace:
        description: Name that stable compute node identities are derived from, together with the service host.
        type: str
        required: true
      compute_ids:
        description: Service host to the uuid of the compute node that nova already has for it, which is then adopted.
        type: dict
        default: {}
      releases:
        description:
          - Releases of nova that the images may hold, as far as they are known.
          - Releases before 27.0.0 (2023.1) choose the uuid of their compute node and read no C(compute_id). None is written for
            them, so that a later release adopts the uuid that nova has by then.
        type: list
        elements: str
        default: []
      groups:
        description: Driver to inventory group, as the module M(novafleet.compute.check_targets) takes it.
        type: dict
        default: {}
      option_kinds:
        description: How options are written, as the module M(novafleet.compute.check_targets) returns it. Without it, their names decide.
        type: dict
        default: {}
      secret_options:
        description: Names of secret options, as the module M(novafleet.compute.check_targets) returns them.
        type: list
        elements: str
        default: []
  container:
    description: Settings of all containers of the call.
    type: dict
    default: {}
    suboptions:
      user:
        description: Numeric user and group that the service runs as. The default is that of nova in RDO's packages.
        type: str
        default: "162:162"
      network_mode:
        description: Docker network mode. A bridge holds 1023 ports and no inbound port is needed, hence the default.
        type: str
        default: host
      read_only:
        description: Read-only root file system.
        type: bool
        default: true
      init:
        description: Run Docker's small init as process 1.
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
          - Program and arguments that the container starts, in place of the image's entrypoint and command.
          - Without it, the image's own are used.
        type: list
        elements: str
      files_target:
        description: Directory in the container where the service's files appear.
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
        description: Path in the container to mount options of a tmpfs.
        type: dict
        default: {"/tmp": "rw,size=64m,mode=1777"}
      environment:
        description: Environment variables. C(docker inspect) shows them, so never put a secret here.
        type: dict
        default: {}
      devices:
        description: Devices in the notation of C(docker run --device).
        type: list
        elements: str
        default: []
      ulimits:
        description: Limit name to number, such as C(nofile).
        type: dict
        default: {}
      pids_limit:
        description: Threads and processes that the container may have. 0 sets no limit.
        type: int
        default: 0
      memory:
        description: Memory limit in bytes. 0 sets no limit.
        type: int
        default: 0
      cpu_shares:
        description: Weight of the container's processes where processors are short. 0 leaves the engine's, which is 1024.
        type: int
        default: 0
      runtime:
        description:
          - OCI runtime registered with the engine, if not its default one.
          - If the engine does not know it, the module fails before it changes anything.
        type: str
        default: ""
      userns_mode:
        description:
          - V(host) leaves the container out of an engine's remapping of users (C(userns-remap)).
          - Such an engine refuses containers in the host's network without it.
        type: str
        choices: ["", host]
        default: ""
      stop_timeout:
        description:
          - Seconds that the service may take to end before it is killed.
          - The default is above nova's own C(manager_shutdown_timeout) of 160.
        type: int
        default: 180
      restart_policy:
        description: Docker restart policy. Several fatal XenAPI errors end nova-compute with exit status 0, hence the default.
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
              - Options of the driver. The module asks the engine whether it accepts them before it changes anything.
              - Without them, the drivers V(json-file) and V(local) keep 3 files of 10 MB, and other drivers get no option.
            type: dict
      healthcheck:
        description:
          - Health check of the containers. Without it, a container that stays up counts as healthy.
          - A probe costs a process in the container and CPU time, so use a small command at intervals of a minute or more.
        type: dict
        suboptions:
          test:
            description: Command and arguments. A first word of V(CMD), V(CMD-SHELL) or V(NONE) has the meaning that Docker gives it.
            type: list
            elements: str
            required: true
          interval:
            description: Seconds between two probes.
            type: float
            default: 60
          timeout:
            description: Seconds that a probe may take.
            type: float
            default: 10
          start_period:
            description: Seconds after the start in which failures do not count.
            type: float
            default: 0
          retries:
            description: Failures in a row that make the service unhealthy.
            type: int
            default: 3
      labels:
        description: Further labels.
        type: dict
        default: {}
  container_prefix:
    description: Put before a service's name to name its container.
    type: str
    default: nova-compute-
  config_dir:
    description: Directory on the Docker host that holds a directory of files for each service.
    type: path
    default: /etc/novafleet
  files_owner:
    description: Numeric user that owns the files.
    type: int
    default: 0
  files_group:
    description: Numeric group that may read the files. The default is that of nova in RDO's packages.
    type: int
    default: 162
  state:
    description:
      - V(present) applies the list of services.
      - V(absent) removes the services listed, or the whole fleet with O(all).
    type: str
    choices: [present, absent]
    default: present
  all:
    description:
      - Remove the whole fleet from this Docker host. Only with O(state=absent) and without O(services).
      - An empty list of services alone removes nothing, because a wrong expression can produce one.
    type: bool
    default: false
  prune:
    description: Remove services of the fleet that are not listed. Without it they are reported and left running.
    type: bool
    default: false
  concurrency:
    description:
      - Services worked on at the same time.
      - V(0) is twice the number of the host's processors, at least 4 and at most 32. More of them wait for each other inside the engine.
    type: int
    default: 0
  max_unavailable:
    description:
      - Running services that may be interrupted at the same time.
      - A number, or a share of the services such as V(10%), rounded down. It is never less than one.
    type: str
    default: "1"
  max_failures:
    description: Number of interrupted services that may fail. After more failures, the module leaves the remaining services unchanged.
    type: int
    default: 0
  settle:
    description: Seconds that a started container must stay up to count as started.
    type: int
    default: 3
  health_timeout:
    description: Seconds in which a started container with a O(container.healthcheck) must become healthy.
    type: int
    default: 120
  start_cpu_seconds:
    description:
      - CPU seconds that a service needs to start. Starts are spread so that they take no more than what the host's processors can do.
      - V(0) starts them as fast as the engine can.
    type: float
    default: 0
  memory_per_service_mb:
    description:
      - Memory in MB that one service takes of the host. If the available memory does not suffice for the services that do not
        run yet, the module fails before it changes anything.
      - V(0) turns this check off, whatever O(services[].memory_mb) says. It is also off if O(docker_host) is not a Unix socket of
        the machine that the module runs on.
    type: int
    default: 0
  memory_reserve_mb:
    description: Memory in MB that this check leaves free.
    type: int
    default: 512
  memory_swap_percent:
    description: Percentage of the free swap space that this check counts as memory. Set it for compressed swap (zram) only.
    type: int
    default: 0
  lock_timeout:
    description: Seconds to wait for another run on the same fleet and Docker host to end.
    type: int
    default: 60
  secret_options:
    description:
      - Names of options whose values in C(nova.conf) a diff masks, beside those whose names say that they are secret.
      - By default those that O(nova_conf.secret_options) names.
    type: list
    elements: str
    default: []
  rendered:
    description: Set by the controller. Service to the files made of its target, as O(services[].files) without the contents.
    type: dict
    default: {}
  bundle:
    description: Set by the controller. File on the Docker host that carries the contents.
    type: path
  progress:
    description: Set by the controller. File on the Docker host to which the module writes its progress.
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
  description: What was done, one entry a service, in the order of their names.
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
      description: One of create, start, recreate, restart, rename, remove, leave and unwanted.
      type: str
      sample: create
    part:
      description:
        - V(active), or V(standby) or V(starting) where its container waited for the lease before, as C(containers_info) tells.
        - Waiting containers are changed first and all at once, because that interrupts no service. Null where the action interrupts nothing anyway.
      type: str
    changed:
      description: Whether anything was changed for it.
      type: bool
    reasons:
      description: Why the action was needed.
      type: list
      elements: str
      sample: [nova.conf changed]
    seconds:
      description: How long it took.
      type: float
      sample: 0.21
    started_at:
      description: When its container was started, by the Docker host's clock. Null if it was not started now.
      type: str
      sample: "2026-11-23T01:02:03.456789Z"
    error:
      description: Why it failed, or null.
      type: str
finished_at:
  description: When the run ended, by the Docker host's clock.
  returned: always
  type: str
  sample: "2026-11-23T01:02:03Z"
summary:
  description: Number of services for each action, and how many failed.
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
