# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches a fleet all along for what must never happen; from the kernel and from nova's API, not from Docker."""

from __future__ import annotations

import collections
import contextlib
import os
import re
import threading
import time
from pathlib import Path

import keystoneauth1.exceptions
import openstack.exceptions
from helper import compute_nodes, computes

HOST = re.compile(r"^host = (.+)$", re.MULTILINE)
# nova's API leaves out instances of a cell whose database is away (nova: list_records_by_skipping_down_cells).
LOST_AFTER = 60
UNANSWERED = (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException)


def live_services():
    """Service host to the number of nova-computes that run, each in a process namespace of its own."""
    found = collections.defaultdict(set)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text() != "nova-compute\n":
                continue
            conf = (process / "root/etc/nova/nova.conf").read_text()
            found[HOST.search(conf).group(1)].add(os.readlink(process / "ns/pid"))
        except (OSError, AttributeError):
            continue
    return {host: len(spaces) for host, spaces in found.items()}


class FleetWatch:
    """Two threads that sample until stop(); what they found is in violations, a list of str.

    Attributes:
        instances: dict, uuid of an instance -> service host that it must stay on. Add to it with expecting().
        answers, longest_silence: how often nova told its instances, services and nodes, and the seconds it once took.
    """

    def __init__(self, cloud):
        self.cloud, self.instances, self.violations = cloud, {}, []
        self.samples, self.answers, self.most_live = 0, 0, 0
        self.longest_silence, self._answered = 0, time.monotonic()
        self._records, self._missing, self._ended = {}, {}, threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=one) for one in ((self._live, 0.3), (self._nova, 2))
        ]
        for thread in self._threads:
            thread.start()

    @contextlib.contextmanager
    def expecting(self, uuid, host):
        """Makes an instance: then it must be there, and its host's record and compute node stay what they are."""
        known = (computes(self.cloud)[host].id, compute_nodes(self.cloud)[host].id)
        yield
        self._records[host] = known
        self.instances[uuid] = host

    def told(self):
        """One line on what was watched."""
        return (
            f"{self.samples} looks at all processes, {self.answers} at nova, which was silent for up to "
            f"{self.longest_silence:.0f} s, at most {self.most_live} services alive, "
            f"{len(self.instances)} instances, {len(self.violations)} violations"
        )

    def stop(self):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, sample, seconds):
        while not self._ended.wait(seconds):
            sample()

    def _live(self):
        found = live_services()
        self.samples += 1
        self.most_live = max(self.most_live, sum(found.values()))
        self.violations += [f"{time.time():.1f}: {number} live {host}" for host, number in found.items() if number > 1]

    def _nova(self):
        expected, records = dict(self.instances), dict(self._records)
        try:
            servers = self.cloud.compute.servers(details=True, all_projects=True)
            placed = {one.id: one.compute_host for one in servers}
            known = computes(self.cloud)
            nodes = compute_nodes(self.cloud)
        except UNANSWERED:
            return
        self.answers += 1
        self.longest_silence = max(self.longest_silence, time.monotonic() - self._answered)
        self._answered = time.monotonic()
        lost = [f"instance {uuid} on {host}" for uuid, host in expected.items() if placed.get(uuid) != host]
        for host, (record, node) in records.items():
            lost += [f"record of {host}"] if host not in known or known[host].id != record else []
            lost += [f"compute node of {host}"] if host not in nodes or nodes[host].id != node else []
        self._missing = {what: self._missing.get(what, time.monotonic()) for what in lost}
        for what, since in self._missing.items():
            if time.monotonic() - since > LOST_AFTER:
                self.violations.append(f"{time.time():.1f}: lost {what}")
