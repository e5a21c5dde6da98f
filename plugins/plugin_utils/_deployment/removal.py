# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that stands in the way of taking services away, as one list.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.answers import (
    Answers,
    host_problems,
    services_by_host,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable


def contained(answers: Answers) -> list[str]:
    """Services that have a container on any Docker host, each once.

    Args:
        answers: Docker host -> result of the module containers_info.
    """
    return sorted({name for names in services_by_host(answers).values() for name in names})


def problems(answers: Answers, nova: Mapping[str, Any], left_out: Iterable[str], api_host: str) -> list[str]:
    """Problems for all Docker hosts together: one that is emptied while another refuses is a fleet in halves.

    Args:
        answers: as contained() takes it.
        nova: result of the module nova_services_info. Its instances are those on the services. {} if not asked.
        left_out: Docker hosts that must not be left out of the run, and are.
        api_host: host that asks nova.
    """
    return [
        *host_problems({host: [answer] for host, answer in answers.items()}),
        *unusable(nova, "nova_services_info", f"{api_host}: services_cloud"),
        *(f"{host}: nova_compute_hosts: was left out of this run. Run it without --limit." for host in left_out),
    ]


def instance_problems(instances: list[Mapping[str, Any]], fleet: str) -> list[str]:
    """Instances that would lose their nova-compute.

    Args:
        instances: as the module nova_services_info returns them.
        fleet: name of the set of services.
    """
    if not instances:
        return []
    first = instances[0]
    return [
        f"{first['host']}: services_fleet: nova has {len(instances)} instances on the services of {fleet}, "
        f"{first['name']} ({first['id']}) among them. Move or delete them first."
    ]
