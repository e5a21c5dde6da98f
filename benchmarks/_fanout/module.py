# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection: one task of a real ansible-playbook for each operation."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from _common.collection import CHECKOUT

from . import engine
from .site import names

TEMPLATES = CHECKOUT / "roles" / "services" / "templates"
FLEET = f"benchmark-{os.getpid()}"


class Module:
    """Manages N services on a Docker host by the module containers."""

    name = "module"

    def __init__(self, site, host, options):
        self.site, self.services = site, names(options.services)
        self.config_dir = site.directory / "etc"
        self.variables = dict(
            bench_docker_host=host,
            bench_probe=str(site.probe),
            bench_fleet=FLEET,
            bench_image=engine.IMAGE,
            bench_label=engine.LABEL,
            bench_templates=str(TEMPLATES),
            bench_config_dir=str(self.config_dir),
            bench_concurrency=options.concurrency,
            bench_max_unavailable=options.max_unavailable,
        )
        self.generation = self.change = 0

    def run(self, operation):
        """Returns:
        dict: seconds of the playbook, and of the module calls: seconds, peak_mb, requests, payload.
        """
        self.generation += operation == "roll"
        self.change += operation == "change_one"
        return self._measure(self.services, [], operation == "remove")

    def render(self, count):
        """The same for a run in check mode on targets that have no container yet: it renders and plans."""
        return self._measure(names(count), ["--check"], False)

    def _measure(self, targets, options, remove):
        services = [dict(name=name, target=name) for name in targets]
        state = dict(bench_state="absent" if remove else "present", bench_services=[] if remove else services)
        self.site.inventory(targets, dict(self.variables, **state), self.generation, self.change)
        seconds = self.site.playbook("apply", *options)
        calls = self.site.recorded()
        return dict(
            seconds=seconds,
            module_seconds=sum(call["seconds"] for call in calls),
            module_peak_mb=max(call["peak_mb"] for call in calls),
            module_calls=len(calls),
            payload_kb=sum(call["payload"] for call in calls) / 1024,
            files_kb=self._files() / 1024,
            api_requests=sum(call["requests"] for call in calls),
        )

    def _files(self):
        """Bytes of the services' files."""
        paths = self.config_dir.glob("*/[!.]*")
        return sum(path.stat().st_size for path in paths)

    def clean(self):
        shutil.rmtree(self.config_dir, ignore_errors=True)
        Path(f"/run/lock/novafleet-{FLEET}.lock").unlink(missing_ok=True)
