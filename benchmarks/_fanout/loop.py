# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook without the collection: loops of one task over containers and over files."""

from __future__ import annotations

from . import engine
from .site import names


class Loop:
    """Carries out the operations with community.docker.docker_container in a loop over n names."""

    name = "loop"

    def __init__(self, site, host, options):
        self.site, self.services = site, names(options.loop)
        self.base = dict(
            bench_docker_host=host,
            bench_image=engine.IMAGE,
            bench_label=engine.LABEL,
            bench_names=self.services,
            bench_etc=str(site.directory / "loop"),
        )
        for name in self.services:
            (site.directory / "loop" / name).mkdir(parents=True)

    def run(self, operation):
        restart = dict(change_one=self.services[:1], roll=self.services).get(operation, [])
        state = "absent" if operation == "remove" else "started"
        self._inventory(bench_restart=restart, bench_state=state)
        return dict(seconds=self.site.playbook("loop"))

    def nothing(self):
        """Seconds of a playbook that does nothing.

        They are subtracted from the loops, which run over only a few containers.
        """
        self._inventory()
        return self.site.playbook("nothing")

    def templates(self):
        """Seconds of a loop of ansible.builtin.template over n targets."""
        self._inventory()
        return self.site.playbook("templates")

    def _inventory(self, **variables):
        self.site.inventory(self.services, dict(self.base, **variables))
