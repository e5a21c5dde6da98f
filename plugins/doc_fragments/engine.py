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
    description: Where the Docker engine listens, as the Docker SDK for Python writes it.
    type: str
    default: unix:///var/run/docker.sock
  docker_tls_ca:
    description: Certificate authority that signed the engine's certificate; turns TLS on.
    type: path
  docker_tls_cert:
    description: Client certificate for TLS.
    type: path
  docker_tls_key:
    description: Key of the client certificate.
    type: path
  docker_timeout:
    description: Seconds that one request to the engine may take.
    type: int
    default: 60
  engine_to_come:
    description:
      - In check mode, takes an engine or SDK that is missing for one that was just installed, without containers and images.
      - Role P(novafleet.compute.docker_host#role) says whether it would install them.
    type: bool
    default: false
requirements:
  - Docker SDK for Python >= 5.0 on the Docker host
  - Docker API >= 1.40
"""
