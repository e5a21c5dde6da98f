# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container settings, which all modules that manage a fleet share."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.container."""

    DOCUMENTATION = r"""
options:
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
"""
