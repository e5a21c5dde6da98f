# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that manage a fleet: on a Docker host, or in a swarm."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.fleet."""

    DOCUMENTATION = r"""
options:
  fleet:
    description: Name of the set of services. The module does not touch other fleets.
    type: str
    default: nova
  services:
    description: Services to run.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the service, unique in the fleet. For nova-compute it is the service host.
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
  container_prefix:
    description: Prefix of the container names. The name of the service follows it.
    type: str
    default: nova-compute-
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
      - V(present) applies the list of services.
      - V(absent) removes the listed services, or the whole fleet with O(all).
    type: str
    choices: [present, absent]
    default: present
  all:
    description:
      - Whether to remove the whole fleet. Use it only with O(state=absent) and without O(services).
      - An empty list of services alone removes nothing, because a wrong expression can produce it.
    type: bool
    default: false
  prune:
    description: Whether to remove services of the fleet that are not listed. By default the module reports them and leaves them running.
    type: bool
    default: false
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
  start_cpu_seconds:
    description:
      - CPU seconds that a service needs to start. The module spreads the starts so that the host's processors keep up.
      - V(0) starts all services as fast as the engine can.
    type: float
    default: 0
  memory_reserve_mb:
    description: Memory in MB that the memory check keeps free.
    type: int
    default: 512
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
"""
