# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud of role sandbox, and the collection's playbooks that run services on it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import time
from pathlib import Path

from _common.collection import CHECKOUT, COLLECTION, Collection
from _common.processes import Failed

from .fleet import Fleet

PARTS = ("plugins", "meta", "roles", "playbooks")
INVENTORY = Path("playbooks", "quickstart_inventory", "group_vars")
NOVA = CHECKOUT / "plugins" / "module_utils" / "_nova" / "cloud.py"
FLEET, SANDBOX = "density", "sandbox"
VERSION = "34.0.0"
GROUPS = dict(fake="fake", vmware="vcenter")
ANSWER_SECONDS = 180
# A nova-compute that ends waits most of the time.
STOPPING = dict(services_concurrency=32)
# The image has byte code for both profiles, so that both use it. A quick start does not replace images of this name.
IMAGES = dict(
    nova_image_optimize=2,
    nova_image_reference=f"novafleet/nova-compute:{VERSION}-density",
    sandbox_image=f"novafleet/sandbox:{VERSION}-density",
)


class Cloud(Collection):
    """Role sandbox on this machine, for a number of services."""

    def __init__(self, parent, options):
        super().__init__(parent, PARTS)
        self.options = options
        self.books = self.directory / COLLECTION / "playbooks"
        self.inventory = self.directory / "inventory" / "hosts.yml"
        self.extra = self.directory / "extra.json"
        self.connection = None
        self.nova = _load_nova()
        shutil.copytree(self.directory / COLLECTION / INVENTORY, self.directory / "inventory" / "group_vars")

    def up(self):
        """Make this machine a Docker host and start the cloud."""
        self._write(1)
        self._run("quickstart", "--skip-tags", "services,status")
        self.services, self.sandbox = Fleet(FLEET), Fleet(SANDBOX)
        self._connect()

    def down(self):
        """Remove everything that up() and deploy() made, except images."""
        self._write(1, quickstart_keep_images=not self.options.remove_images, **STOPPING)
        self._run("quickstart_down")

    def restart(self):
        """Restart the processes of the cloud, so that none has grown during earlier measurements."""
        self.sandbox.restart(timeout=30)
        self._connect()

    def deploy(self, count, **variables):
        """Deploy the first services of the inventory to this machine, and wait until all are up in nova."""
        self._write(count, **variables)
        self._run("deploy")

    def remove(self):
        """Remove all services, including their records in nova."""
        self._write(1, services_remove_confirm=FLEET, services_verify=False, **STOPPING)
        self._run("remove")
        for service in self.nova.services(self.connection):
            self.nova.delete(self.connection, service)

    def alive(self, since):
        """Number of services with a heartbeat since a time (RFC 3339)."""
        return {one["host"] for one in self.nova.services(self.connection) if self._beats(one, since)}

    def _beats(self, service, since):
        return bool(service["updated_at"]) and self.nova.is_up(service, since)

    def bus_port(self):
        facts = json.loads((self.directory / "cloud.json").read_text(encoding="utf-8"))
        return int(facts["transport_url"].rstrip("/").rpartition(":")[2])

    def _connect(self):
        """Log in and wait for an answer of nova, as the cloud may still be starting."""
        facts = json.loads((self.directory / "cloud.json").read_text(encoding="utf-8"))
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                self.connection = self.nova.connect("sandbox", facts["clouds_file"])
                self.nova.services(self.connection)
                return
            except self.nova.NovaError as error:
                if time.monotonic() > deadline:
                    raise Failed(f"the cloud does not answer: {error}") from error
            time.sleep(1)

    def _run(self, book, *options):
        self.run(self.inventory, self.books / f"{book}.yml", "-e", f"@{self.extra}", *options)

    def _write(self, count, **variables):
        hosts = {f"density-{number:03}": {} for number in range(1, count + 1)}
        groups = {"nova_compute_hosts": dict(hosts=dict(localhost={})), GROUPS[self.options.driver]: dict(hosts=hosts)}
        self.inventory.write_text(json.dumps(dict(all=dict(children=groups))), encoding="utf-8")
        most = self.options.services
        sizes = dict(
            sandbox_services=most,
            sandbox_vcenter_clusters=most if self.options.driver == "vmware" else 0,
            docker_host_services=most,
            # The benchmark checks the memory itself before each batch.
            services_memory_check=False,
            services_verify_timeout=self.options.timeout,
        )
        extra = dict(IMAGES, services_fleet=FLEET, **sizes, **variables)
        self.extra.write_text(json.dumps(extra), encoding="utf-8")


def _load_nova():
    """Loaded by path, because the collection's namespace belongs to the package ansible in this environment."""
    found = importlib.util.spec_from_file_location("novafleet_nova", NOVA)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
