# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbered requests to a nova-compute, each of which leaves its number in the log of who carries it out."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from helper import docker
from site_of_leases import IMAGE, Site

PYTHON = "/usr/lib/openstack-nova/bin/python3"
# A method that no nova-compute has: its name is in the log, and nothing is done. In order of arrival, ten a second.
SCRIPT = """
import sys, time
import nova.conf
from nova import config, context, rpc
import oslo_messaging
service, seconds = sys.argv[1], float(sys.argv[2])
config.parse_args(["caster", "--config-file", "/etc/nova/nova.conf"])
rpc.init(nova.conf.CONF)
client = rpc.get_client(oslo_messaging.Target(topic="compute", server=service, version="6.0"))
end, number = time.time() + seconds, 0
print("begins", flush=True)
while time.time() < end:
    try:
        client.cast(context.get_admin_context(), f"leaseprobe_{number}_")
        number += 1
    except Exception as error:
        print("not sent:", repr(error)[:200], flush=True)
        time.sleep(1)
    time.sleep(0.1)
print("sent", number, flush=True)
"""
PROBE = re.compile(r"RPC method leaseprobe_(\d+)_")


class Stream:
    """Casts from this machine's own engine and network, whatever is cut from the Docker hosts."""

    def __init__(self, site: Site, service: str, seconds: float) -> None:
        self.site, self.service, self.begin = site, service, time.time()
        conf = next(Path("/etc/novafleet-leased").glob(f"*/{service}"))
        places = ("--volume", f"{conf}:/etc/nova:ro", "--tmpfs", "/tmp", "--tmpfs", "/var/lib/nova:uid=162,gid=162")
        user = ("--network", "host", "--user", "162:162", "--entrypoint", PYTHON)
        command = (IMAGE, "-c", SCRIPT, service, str(seconds))
        docker("run", "--detach", "--name", "caster", *user, *places, *command)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_error: object) -> None:
        docker("rm", "--force", "caster")

    def sent(self) -> int:
        """Waits for the end of the stream, then tells how many requests were sent."""
        docker("wait", "caster")
        log = subprocess.run(["docker", "logs", "caster"], check=True, capture_output=True, text=True).stdout
        return int(log.rpartition("sent ")[2])

    def carried_out(self) -> dict[str, list[int]]:
        """Docker host -> numbers of the requests that its container of the service carried out."""
        # nova logs the traceback, too, which names the method again.
        return {
            name: sorted(set(map(int, PROBE.findall(host.log(self.service, self.begin)))))
            for name, host in self.site.hosts.items()
        }
