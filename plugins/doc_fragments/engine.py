# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that every module which talks to a container engine shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.engine."""

    DOCUMENTATION = r"""
options:
  engine:
    description:
      - Container engine of the Docker host.
      - By default the engine that answers at O(docker_host), or the only one of the two that answers at its usual socket. If both answer,
        that is an error.
    type: str
    choices: [docker, podman]
  docker_host:
    description:
      - Address of the engine, in the notation of the Docker SDK for Python.
      - By default V(unix:///var/run/docker.sock) for Docker and V(unix:///run/podman/podman.sock) for Podman.
    type: str
  docker_tls_ca:
    description: Certificate of the authority that signed the engine's certificate. It switches TLS on.
    type: path
  docker_tls_cert:
    description: Client certificate for TLS.
    type: path
  docker_tls_key:
    description: Key of the client certificate.
    type: path
  docker_timeout:
    description:
      - Maximum time in seconds for one request to the engine.
      - Pulling, loading, importing, saving and committing an image may take 900 seconds between two signs of life.
    type: int
    default: 60
requirements:
  - Docker SDK for Python >= 5.0 on the Docker host
  - Docker API >= 1.40, or Podman >= 4.3 with its API service
"""

    # The modules that can plan for an engine that is about to be installed.
    TO_COME = r"""
options:
  engine_to_come:
    description:
      - In check mode, treat a missing engine or SDK as just installed, without containers and images.
      - The role P(novafleet.compute.docker_host#role) reports whether it would install them.
    type: bool
    default: false
"""
