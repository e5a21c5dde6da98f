# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which uuid each compute node gets, and containers that the inventory no longer names.  Pure.

A service that gets another uuid, and a hypervisor that gets a second service, is a second compute node in nova.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import identity, reads_compute_id

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MARK, END = "novafleet-file:", "novafleet-end"


def compute_id(
    service: str, driver: Driver, known: Mapping[str, str], namespace: str, releases: Iterable[str]
) -> str | None:
    """The uuid that a service's compute node has or gets, or None where its nova takes none.

    Args:
        service: service host.
        driver: of its target.
        known: service host -> uuid that it has already.
        namespace: what the others are derived from.
        releases: of nova, as far as they are known.
    """
    if driver.many_nodes or not reads_compute_id(list(releases)):
        return None
    return known.get(service) or identity(namespace, service)


def show_compute_ids(directory: str) -> str:
    """Command for a shell that shows the compute_id of each service below a directory, for read_compute_ids()."""
    return f"cd {shlex.quote(directory)} 2>/dev/null || exit 0; grep -H . */compute_id 2>/dev/null || true"


def read_compute_ids(text: str) -> dict[str, str]:
    """From what show_compute_ids() shows: service -> uuid."""
    lines = (line.rpartition("/compute_id:") for line in text.splitlines())
    return {service: value.strip() for service, mark, value in lines if mark and UUID.fullmatch(value.strip())}


def show_nova_confs(directory: str, services: Iterable[str]) -> str:
    """Command for a shell that shows which hypervisors some services are for, for read_hypervisors().

    It shows no other option of their nova.conf, because connection plugins print output at -vvv.
    """
    names = " ".join(shlex.quote(f"{directory}/{service}/nova.conf") for service in services)
    options = "|".join(sorted({name for driver in DRIVERS.values() for name, _default in driver.identity}))
    lines = shlex.quote(rf"/^\[|^({options}) *=/p")
    return f'for file in {names}; do echo "{MARK}$file"; sed -n -E {lines} "$file" 2>&1 && echo {END}; done; true'


def read_hypervisors(text: str, drivers: Mapping[str, str], docker_host: str) -> dict[str, str | None]:
    """From what show_nova_confs() shows: service -> the hypervisor that it is for, None where that cannot be read.

    Args:
        text: output of the command.
        drivers: service -> its driver.
        docker_host: where the services run.
    """
    confs = {part.partition("\n")[0].split("/")[-2]: part.partition("\n")[2] for part in text.split(MARK)[1:]}
    return {
        service: _hypervisor(confs.get(service, ""), driver, docker_host)
        for service, driver in drivers.items()
        if driver in DRIVERS
    }


def _hypervisor(text: str, name: str, docker_host: str) -> str | None:
    driver = DRIVERS[name]
    if driver.local or not driver.identity:
        return docker_host if driver.local else ""
    whole, end, _rest = text.rpartition(END)
    try:
        section = ini.parse(whole).get(driver.section, {})
    except ini.NovaConfError:
        return None
    found = driver.hypervisor({option: ini.plain(values[-1]) for option, values in section.items()})
    return found if end and found else None


def unwanted_containers(answer: Mapping[str, Any], services: Iterable[str]) -> list[dict[str, Any]]:
    """Containers of the fleet whose service no target has.

    Args:
        answer: result of the module containers_info.
        services: service hosts of all targets.

    Returns:
        dicts with service, target and driver, the last two empty if the container does not say them.
    """
    wanted = set(services)
    return [
        dict(service=container["name"], target=container["target"], driver=container["driver"])
        for container in answer.get("services") or ()
        if container["name"] not in wanted
    ]


def renamed_problems(
    targets: Iterable[Mapping[str, Any]], unwanted: Mapping[str, list[dict]], there: Iterable[str] = ()
) -> list[str]:
    """Targets whose hypervisor has, or may have, a service already, under a name that the inventory no longer has.

    Args:
        targets: as the module check_targets returns them.
        unwanted: Docker host -> what unwanted_containers() returned of it, each with its hypervisor, or None where it
            cannot be read.
        there: services that have a container.
    """
    known = frozenset(there)
    return [problem for target in targets for problem in _renamed(target, unwanted, target["service"] in known)]


def _renamed(target: Mapping[str, Any], unwanted: Mapping[str, list[dict]], there: bool) -> Iterator[str]:
    for host, containers in sorted(unwanted.items()):
        for container in containers:
            other, alike = container["service"], container["driver"] == target["driver"]
            same = alike and DRIVERS[target["driver"]].shares(container["hypervisor"] or "", target["hypervisor"])
            if same or container["target"] == target["target"]:
                yield (
                    f"{target['target']}: services_host: its hypervisor is that of the service {other}, "
                    f"whose container is on {host}. A second nova-compute on one hypervisor corrupts its instances. "
                    f"Set services_host to {other}, or retire that service first."
                )
                return
            if alike and container["hypervisor"] is None and not there:
                yield (
                    f"{target['target']}: services_host: its hypervisor may be that of the service {other}, which is "
                    f"no longer in the inventory. The nova.conf of {other} on {host} cannot be read, or does not name "
                    f"a hypervisor. Put {other} back into the inventory and deploy it, or retire it first."
                )
                return


def identity_conflicts(plans: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Services that would get another uuid than one that lies on a Docker host, where nova is not asked.

    Args:
        plans: Docker host -> result of the module plan.
    """
    there = {
        service: (uuid, host)
        for host, plan in sorted(plans.items())
        for service, uuid in (plan.get("compute_ids_found") or {}).items()
    }
    found = []
    for host, plan in sorted(plans.items()):
        for service, uuid in (plan.get("nova_conf") or {}).get("compute_ids", {}).items():
            other, where = there.get(service, (uuid, host))
            if uuid != other:
                found.append(
                    f"{service}: services_verify: its compute node is {other} on {where}, and would be {uuid} on "
                    f"{host}. Set services_verify to true, so that nova says which it is. If nova does not know the "
                    f"service, pin it to {where}."
                )
    return found
