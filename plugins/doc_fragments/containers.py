# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that manage the part of a fleet on one Docker host."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.containers."""

    DOCUMENTATION = r"""
options:
  image:
    description: Image of all services that do not set their own. It must already be on the Docker host.
    type: str
  images_to_come:
    description: In check mode, images to treat as present, because a run would have provided or changed them by now.
    type: list
    elements: str
    default: []
  config_dir:
    description: Directory on the Docker host with one directory of files for each service.
    type: path
    default: /etc/novafleet
  concurrency:
    description:
      - Number of services to work on at the same time.
      - V(0) means twice the number of the host's processors, at least 4 and at most 32. More than that wait for each other inside the
        engine.
    type: int
    default: 0
  health_timeout:
    description: Maximum time in seconds for a started container with a O(container.healthcheck) to become healthy.
    type: int
    default: 120
  memory_per_service_mb:
    description:
      - Memory in MB that one service needs on the host. If the available memory is too small for the services that do not run yet, that is
        an error before any change.
      - V(0) switches the check off, also for services with O(services[].memory_mb). The module also skips the check if O(docker_host) is
        not a socket of its machine.
    type: int
    default: 0
  memory_swap_percent:
    description: Percentage of the free swap space that the memory check counts as memory. Set it only for compressed swap (zram).
    type: int
    default: 0
"""
