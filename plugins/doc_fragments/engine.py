# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that every module which talks to Docker shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.engine."""

    DOCUMENTATION = r"""
options:
  docker_host:
    description: Address of the Docker engine, in the notation of the Docker SDK for Python.
    type: str
    default: unix:///var/run/docker.sock
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
  engine_to_come:
    description:
      - In check mode, treat a missing engine or SDK as just installed, without containers and images.
      - The role P(novafleet.compute.docker_host#role) reports whether it would install them.
    type: bool
    default: false
requirements:
  - Docker SDK for Python >= 5.0 on the Docker host
  - Docker API >= 1.40
"""
