# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers of a fleet, as their engine reports them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import docker

from . import host

LABEL_FLEET, LABEL_SERVICE = "novafleet.fleet", "novafleet.service"
THREADS = 8


class Fleet:
    """All containers with one fleet's label."""

    def __init__(self, name):
        self.name = name
        self.client = docker.DockerClient(version="auto", timeout=300, max_pool_size=THREADS)

    def inspect(self):
        """Return the engine's details of each container.

        Returns:
            dict: service -> body of the answer to GET /containers/{id}/json
        """
        found = self.client.api.containers(all=True, filters={"label": f"{LABEL_FLEET}={self.name}"})
        details = self._each(self.client.api.inspect_container, [entry["Id"] for entry in found])
        return {one["Config"]["Labels"][LABEL_SERVICE]: one for one in details}

    def inits(self):
        """Ids of the containers' first processes, in this process's namespace."""
        return {one["State"]["Pid"] for one in self.inspect().values() if one["State"]["Pid"]}

    def restarts(self):
        """Number of restarts of each container by the engine: service -> int."""
        return {service: one["RestartCount"] for service, one in self.inspect().items()}

    def restart(self, services=None, timeout=0):
        """Restart some containers or all. Processes that do not end within timeout seconds are killed."""
        names = [one["Id"] for service, one in self.inspect().items() if services is None or service in services]
        self._each(lambda name: self.client.api.restart(name, timeout=timeout), names)

    def stop(self, service):
        self.client.api.stop(self.inspect()[service]["Id"], timeout=30)

    def start(self, service):
        self.client.api.start(self.inspect()[service]["Id"])

    @staticmethod
    def _each(function, items):
        with ThreadPoolExecutor(max_workers=THREADS) as pool:
            return list(pool.map(function, items))


def groups(services, cloud):
    """Group the processes of this machine.

    Args:
        services, cloud: Fleet

    Returns:
        tuple of the process table and a dict, name of the group -> set of pids
    """
    inits, others = services.inits(), cloud.inits()
    table = host.processes()
    return table, dict(
        services=host.below(table, inits),
        shims={table[pid].parent for pid in inits if pid in table},
        engine=host.named(table, "dockerd", "containerd", "docker-containerd"),
        cloud=host.below(table, others),
        ksmd=host.named(table, "ksmd"),
    )
