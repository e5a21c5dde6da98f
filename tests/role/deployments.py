# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites after their first deployment, which takes longer than most tests that begin with it."""

from __future__ import annotations

import copy
import shutil
import subprocess

from site_of_stand_ins import Site

# What a test that is over leaves as it is: servers, and processes that were started.
LASTING = {"routes", "lock", "ended", "server", "ids", "processes", "engines", "cloud", "bus"}
# Directories of a Docker host that a deployment writes to.
WRITTEN = ("novafleet", "run")


class Deployment:
    """A site that is deployed once. Every test gets the inventory, files, containers and records of that time."""

    def __init__(self, site: Site) -> None:
        site.deploy()
        self.site, self.kept = site, site.directory / "kept"
        self.parts = [site, site.cloud, *site.engines.values()]
        self.values = [copy.deepcopy(_values(part)) for part in self.parts]
        for host in site.engines:
            (self.kept / host).mkdir(parents=True)
            for name in WRITTEN:
                _copy(site.directory / host / name, self.kept / host / name)

    def restored(self) -> Site:
        """The site as it was after its deployment. The test before has returned its own with release()."""
        for part, values in zip(self.parts, self.values, strict=True):
            vars(part).update(copy.deepcopy(values))
        for host, engine in self.site.engines.items():
            for name in WRITTEN:
                shutil.rmtree(self.site.directory / host / name, ignore_errors=True)
                _copy(self.kept / host / name, self.site.directory / host / name)
            if not engine.server:
                engine.start()
        return self.site

    def release(self) -> None:
        """End what a test has started and not ended."""
        self.site.end_runs()
        for part in (self.site.cloud, *self.site.engines.values()):
            part.behave()
        for engine in self.site.engines.values():
            engine.end_processes()


def _values(part: object) -> dict:
    return {name: value for name, value in vars(part).items() if name not in LASTING}


def _copy(source, target) -> None:
    # With owners, which shutil does not copy.
    subprocess.run(["cp", "--archive", source, target], check=True)
