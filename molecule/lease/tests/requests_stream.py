# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbered requests to nova-computes: each leaves its number and when it was sent in the log of its container."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from helper import docker
from site_of_leases import IMAGE, PAUSE, Site, stamp, wait_until

PYTHON = "/usr/lib/openstack-nova/bin/python3"
# A method that no nova-compute has: its name is in the log, and nothing is done.
SCRIPT = """
import json, signal, sys, time
import nova.conf
from nova import config, context, rpc
import oslo_messaging
pause, services, over = float(sys.argv[1]), sys.argv[2:], []
signal.signal(signal.SIGTERM, lambda *_signal: over.append(True))
config.parse_args(["caster", "--config-file", "/etc/nova/nova.conf"])
rpc.init(nova.conf.CONF)
targets = {one: oslo_messaging.Target(topic="compute", server=one, version="6.0") for one in services}
clients = {one: rpc.get_client(target) for one, target in targets.items()}
numbers = dict.fromkeys(services, 0)
print("begins", flush=True)
while not over:
    for service, client in clients.items():
        try:
            client.cast(context.get_admin_context(), f"leaseprobe_{numbers[service]}_{time.time():.3f}_")
            numbers[service] += 1
        except Exception as error:
            print("not sent:", repr(error)[:200], flush=True)
            time.sleep(1)
    time.sleep(pause)
print("sent", json.dumps(numbers), flush=True)
"""
# Once for each execution; the traceback below it names the method, too.
PROBE = re.compile(r"during message handling: .*RPC method leaseprobe_(\d+)_([\d.]+)_")


class Stream:
    """Casts from this machine's own engine and network, whatever is cut from the Docker hosts.

    Attributes:
        begin: seconds since the epoch at which it was started.
    """

    def __init__(self, site: Site, services: list[str]) -> None:
        self.site, self.services, self.begin = site, services, time.time()
        # Files of its own: a deployment ends processes that use a service's files and are not the service's.
        self.files = Path(tempfile.mkdtemp(prefix="caster"))
        source = next(Path("/etc/novafleet-leased").glob(f"*/{services[0]}/nova.conf"))
        shutil.copy(source, self.files)
        for path in (self.files, self.files / source.name):
            shutil.chown(path, 162, 162)
        places = (
            "--volume",
            f"{self.files}:/etc/nova:ro",
            "--tmpfs",
            "/tmp",
            "--tmpfs",
            "/var/lib/nova:uid=162,gid=162",
        )
        user = ("--network", "host", "--user", "162:162", "--entrypoint", PYTHON)
        docker("run", "--detach", "--name", "caster", *user, *places, IMAGE, "-c", SCRIPT, str(PAUSE), *services)
        assert wait_until(lambda: "begins" in self._log(), 30) is not None, self._log()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_error: object) -> None:
        docker("rm", "--force", "caster")
        shutil.rmtree(self.files)

    def sent(self) -> dict[str, int]:
        """End the stream. Returns service -> number of requests that were sent to it."""
        docker("kill", "--signal", "TERM", "caster")
        docker("wait", "caster")
        return json.loads(self._log().rpartition("sent ")[2])

    def _log(self) -> str:
        return subprocess.run(["docker", "logs", "caster"], check=True, capture_output=True, text=True).stdout

    def carried_out(self, service: str) -> dict[str, list[int]]:
        """Docker host -> numbers of the requests that its container of the service carried out, in their order."""
        return {
            name: [int(number) for number, _sent in PROBE.findall(host.log(service, self.begin))]
            for name, host in self.site.hosts.items()
        }

    def longest_wait(self, service: str) -> float:
        """Seconds between the sending of a request and its execution, of that which waited longest."""
        waits = [0.0]
        for host in self.site.hosts.values():
            for line in host.log(service, self.begin, "--timestamps").splitlines():
                found = PROBE.search(line)
                if found:
                    waits.append(stamp(line) - float(found.group(2)))
        return max(waits)
