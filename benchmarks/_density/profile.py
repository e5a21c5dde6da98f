# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures one profile: deploys services in batches until all run or memory is short, and then watches them idle."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timezone

from _common.machine import rounded
from _common.processes import Failed

from . import host
from .fleet import groups

# Memory of a service before its pages are shared, including container and shim (docs/density.md).
STARTING_MB = 130
POLL_SECONDS = 3
# nova shows a service as up before its first heartbeat. Here the first heartbeat counts.
HEARTBEAT_SECONDS = 30
REST_SECONDS = 60
# Merging has settled when the shared pages grew by at most this share in this number of seconds.
SETTLED_SHARE, SETTLED_SECONDS = 0.005, 30
HEALTH_CALLS = 10


def now():
    """RFC 3339, in UTC."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


class Profile:
    """Measures one profile on a cloud without services. The services keep running afterwards."""

    def __init__(self, cloud, options, say):
        self.cloud, self.options, self.say = cloud, options, say

    def measure(self, name, storm=None):
        """Run it.

        Args:
            name: plain or dense.
            storm: function without arguments to call while all services run, or None.

        Returns:
            dict, as README.md documents the profiles' keys; and "storm" with the result of storm.
        """
        self.cloud.restart()
        time.sleep(SETTLED_SECONDS)
        before = self._look()
        started = self._start(name)
        settled = self._settle(name)
        after, rest = self._look(), self._rest()
        health = self._health(rest["idle_cpu_percent_all"]["cloud"])
        result = dict(started, **self._figures(before, after, started["up"]), **rest, health=health, ksm=settled)
        self.say(f"{name}: {json.dumps(rounded(result))}")
        result["storm"] = storm() if storm else None
        return result

    def _start(self, name):
        """Deploy batch by batch. Each batch is only so large that memory stays above the floor."""
        since, count, up, last, least, stopped = now(), 0, 0, time.time(), host.available_mb(), None
        while count < self.options.services and not stopped:
            batch = self._batch(name, self.options.services - count)
            if batch < 1:
                stopped = f"{host.available_mb():.0f} MB are available, and {self.options.floor_mb} MB stay so"
                break
            count += batch
            with Watch(self.cloud, since, count) as watch:
                try:
                    self.cloud.deploy(count, services_density=name == "dense")
                    watch.wait(HEARTBEAT_SECONDS)
                except Failed as error:
                    stopped = str(error)
            up, last, least = len(watch.up), watch.last, min(least, watch.least_mb)
            self.say(f"{name}: {count} deployed, {up} up, {host.available_mb():.0f} MB available")
        if not up:
            raise Failed(f"{name}: nothing runs: {stopped}")
        return dict(
            up=up,
            seconds_to_up=last - self._first_start(),
            start_cpu_s=self._cpu_s() / count,
            restarts=sum(self.cloud.services.restarts().values()),
            least_available_mb=least,
            stopped=stopped,
        )

    def _first_start(self):
        first = min(one["State"]["StartedAt"] for one in self.cloud.services.inspect().values())
        return datetime.fromisoformat(first[:19] + "+00:00").timestamp()

    def _cpu_s(self):
        table, members = groups(self.cloud.services, self.cloud.sandbox)
        return host.cpu_s(table, members["services"])

    def _batch(self, name, missing):
        """Number of services that may start now. It first waits for merging, if that may free enough memory."""
        wanted = min(self.options.batch, missing)
        deadline = time.monotonic() + self.options.settle_seconds
        while name == "dense" and self._room() < wanted and time.monotonic() < deadline:
            before = host.ksm("pages_sharing")
            time.sleep(SETTLED_SECONDS)
            if host.ksm("pages_sharing") - before < before * SETTLED_SHARE:
                break
        return min(wanted, self._room())

    def _room(self):
        swap = host.memory()["SwapFree"] * self.options.swap_percent / 100
        return int((host.available_mb() + swap - self.options.floor_mb) / STARTING_MB)

    def _settle(self, name):
        """Wait until the kernel finds nothing more to merge. Return what it merged and the processor time."""
        begin, saved = time.monotonic(), host.ksm("pages_sharing")
        while name == "dense":
            time.sleep(SETTLED_SECONDS)
            before, saved = saved, host.ksm("pages_sharing")
            self.say(f"{name}: {saved * host.PAGE_MB:.0f} MB of pages merged")
            if saved - before <= before * SETTLED_SHARE or time.monotonic() - begin > self.options.settle_seconds:
                break
        if name != "dense":
            time.sleep(SETTLED_SECONDS)
            return None
        return dict(seconds_to_settle=time.monotonic() - begin, saved_mb=saved * host.PAGE_MB, cpu_s=self._ksmd_s())

    def _ksmd_s(self):
        """CPU seconds since boot; None if it is not visible, for example from a process namespace."""
        table = host.processes()
        found = host.named(table, "ksmd")
        return host.cpu_s(table, found) if found else None

    def _look(self):
        """Memory by its owner."""
        _table, members = groups(self.cloud.services, self.cloud.sandbox)
        pss = {key: host.pss_mb(pids) for key, pids in members.items() if key != "ksmd"}
        return dict(taken=host.taken_mb(), available=host.available_mb(), kernel=host.kernel_mb(), pss=pss)

    def _figures(self, before, after, up):
        grown = {key: after["pss"][key] - before["pss"][key] for key in after["pss"]}
        grown["kernel"] = after["kernel"] - before["kernel"]
        each = max(1, up)
        return dict(
            pss_mb=after["pss"]["services"],
            host_mb_per_service=(after["taken"] - before["taken"]) / each,
            available_mb_per_service=(before["available"] - after["available"]) / each,
            swapped_mb=host.swapped_mb(),
            of_which_mb={key: value / each for key, value in grown.items()},
        )

    def _rest(self):
        """Measure the idle services for a minute."""
        table, members = groups(self.cloud.services, self.cloud.sandbox)
        begin, busy = time.monotonic(), {key: host.cpu_s(table, pids) for key, pids in members.items()}
        time.sleep(self.options.rest_seconds)
        table = host.processes()
        seconds = time.monotonic() - begin
        percent = {key: (host.cpu_s(table, pids) - busy[key]) / seconds * 100 for key, pids in members.items()}
        count = max(1, len(self.cloud.services.inspect()))
        return dict(
            idle_cpu_percent=percent["services"] / count,
            idle_cpu_percent_all=dict(percent, ksmd=percent["ksmd"] if members["ksmd"] else None),
            bus_connections=host.connections(members["services"], self.cloud.bus_port()),
            threads=host.threads(members["services"]),
        )

    def _health(self, idle_percent):
        """Processor time of asking nova once for the heartbeats of all services, here and in the cloud."""
        _table, members = groups(self.cloud.services, self.cloud.sandbox)
        begin, ours, theirs = time.monotonic(), time.process_time(), self._cloud_s(members)
        for _call in range(HEALTH_CALLS):
            self.cloud.alive(now())
        seconds = time.monotonic() - begin
        ours = time.process_time() - ours
        theirs = self._cloud_s(members) - theirs - seconds * idle_percent / 100
        return dict(seconds=seconds / HEALTH_CALLS, client_cpu_s=ours / HEALTH_CALLS, cloud_cpu_s=theirs / HEALTH_CALLS)

    @staticmethod
    def _cloud_s(members):
        return host.cpu_s(host.processes(), members["cloud"])


class Watch:
    """Counts services with a heartbeat since a time, until enough have one, and watches memory."""

    def __init__(self, cloud, since, wanted):
        """last: time at which the last of them was first seen, in seconds since the epoch."""
        self.cloud, self.since, self.wanted = cloud, since, wanted
        self.up, self.least_mb, self.last = set(), host.available_mb(), time.time()
        self._end, self._thread = threading.Event(), threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._end.set()
        self._thread.join()

    def wait(self, timeout):
        self._thread.join(timeout)

    def _run(self):
        while len(self.up) < self.wanted and not self._end.wait(POLL_SECONDS):
            self.least_mb = min(self.least_mb, host.available_mb())
            self._ask()
        if len(self.up) < self.wanted:
            self._ask()

    def _ask(self):
        try:
            found = self.cloud.alive(self.since)
        except self.cloud.nova.NovaError:
            return
        if len(found) > len(self.up):
            self.last = time.time()
        self.up = found
