# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations and the states that they must reach. An operation with another result is not measured."""

from __future__ import annotations

from _common.processes import Failed

from .site import Site, names
from .ssh import Ssh

OPERATIONS = ("create", "noop", "add_one", "change_one")


class Fleet:
    """N services and the operations on them, one after the other."""

    def __init__(self, site: Site, services: int, ssh: Ssh | None):
        """ssh: ssh connection to the Docker host, or None for a local one."""
        self.site, self.services, self.ssh = site, services, ssh
        self.connection = ssh.variables if ssh else dict(ansible_connection="local")
        self.change = 0
        self.before = {}

    def run(self) -> dict:
        """Returns:
        dict: operation -> figures, as Site.measure() returns them. "empty" and "trivial" have those of the baselines.
        """
        self.site.clear()
        self._write(self.services)
        figures = dict(empty=self.site.empty(self.ssh), create=self._done("create"), noop=self._done("noop"))
        figures["trivial"] = self.site.trivial(figures["noop"]["tasks"], self.ssh)
        self._write(self.services + 1)
        figures["add_one"] = self._done("add_one")
        self.change += 1
        self._write(self.services + 1)
        figures["change_one"] = self._done("change_one")
        self.site.clear()
        return figures

    def _write(self, services: int) -> None:
        self.site.inventory(names(services), self.connection, self.change)

    def _done(self, operation: str) -> dict:
        figures = self.site.deploy(self.ssh)
        after = self.site.engine.states()
        created = sum(1 for name in after if name not in self.before or self.before[name][0] != after[name][0])
        restarted = sum(1 for name in after if self.before.get(name) != after[name])
        running = sum(1 for _id, running, _started in after.values() if running)
        self.before = after
        found, every = (created, restarted, len(after), running), self.services
        want = dict(
            create=(every, every, every, every),
            noop=(0, 0, every, every),
            add_one=(1, 1, every + 1, every + 1),
            change_one=(0, 1, every + 1, every + 1),
        )[operation]
        if found != want:
            words = "containers (new, restarted, in all, running)"
            raise Failed(f"{operation} of {every}: {words} are {found}, and should be {want}")
        return figures
