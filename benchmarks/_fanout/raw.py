# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The yardstick: a script of the Docker SDK that asks the engine for the same, with as many threads."""

from __future__ import annotations

import importlib.util
import json
import sys

from _common import processes
from _common.collection import CHECKOUT
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from . import engine
from .site import HERE, names

SPEC = CHECKOUT / "plugins" / "module_utils" / "_fleet" / "desired.py"


class Raw:
    """Does the operations by raw_sdk.py, a process of the same interpreter for each."""

    name = "raw SDK"

    def __init__(self, site, host, options, services, kind="raw", label=engine.LABEL):
        """services: int; kind: begins the containers' names; label: that they get."""
        self.site = site
        directory = site.directory / kind
        self.plan = directory / "plan.json"
        directory.mkdir()
        targets = names(services)
        for name in targets:
            (directory / name).mkdir()
        bodies = _bodies(targets, str(directory), f"{kind}-", label)
        plan = dict(host=host, image=engine.IMAGE, concurrency=options.concurrency, bodies=bodies)
        self.plan.write_text(json.dumps(plan), encoding="utf-8")

    def run(self, operation):
        command = [self.site.probe, HERE / "raw_sdk.py", operation, self.plan]
        seconds = processes.timed(command, self.site.environment, self.site.directory / "log")
        (call,) = self.site.recorded()
        return dict(seconds=seconds, api_requests=call["requests"])


def _bodies(services, directory, prefix, label):
    """What the module would send, to the last option: container name -> body."""
    spec = _load_spec()
    policy = dict(labels={label: "raw"}, stop_timeout=10)
    policy = ArgumentSpecValidator(spec.CONTAINER_ARGUMENT_SPEC).validate(policy).validated_parameters
    files = [dict(path="nova.conf", sha256="")]
    entries = [dict(name=name, image=engine.IMAGE, files=files) for name in services]
    made = [spec.service(entry, policy, "raw", prefix, directory) for entry in entries]
    return {one.container: one.config for one in made}


def _load_spec():
    """By its path: the collection's namespace belongs to the package ansible in this environment."""
    found = importlib.util.spec_from_file_location("novafleet_spec", SPEC)
    module = sys.modules[found.name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
