# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference: a script with the Docker SDK that sends the same requests, with the same number of threads."""

from __future__ import annotations

import importlib
import json

import ansible_collections
from _common import processes
from _common.collection import COLLECTION
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from . import engine
from .site import HERE, names


class Raw:
    """Carries out the operations with raw_sdk.py, in a process of the same interpreter for each."""

    name = "raw SDK"

    def __init__(self, site, host, options, services, kind="raw", label=engine.LABEL):
        """services: int; kind: prefix of the containers' names; label: label of the containers."""
        self.site = site
        directory = site.directory / kind
        self.plan = directory / "plan.json"
        directory.mkdir()
        targets = names(services)
        for name in targets:
            (directory / name).mkdir()
        bodies = _bodies(site, host, targets, str(directory), f"{kind}-", label)
        plan = dict(host=host, image=engine.IMAGE, concurrency=options.concurrency, bodies=bodies)
        self.plan.write_text(json.dumps(plan), encoding="utf-8")

    def run(self, operation):
        command = [self.site.probe, HERE / "raw_sdk.py", operation, self.plan]
        seconds = processes.timed(command, self.site.environment, self.site.directory / "log")
        (call,) = self.site.recorded()
        return dict(seconds=seconds, api_requests=call["requests"])


def _bodies(site, host, services, directory, prefix, label):
    """The requests that the module would send, with all options: container name -> body."""
    kind = "podman" if engine.is_podman(host) else "docker"
    modules = ("_fleet.arguments", f"_engine.{kind}.body", "_fleet.desired")
    arguments, body, desired = (_load(site, name) for name in modules)
    settings = dict(labels={label: "raw"}, stop_timeout=10)
    settings = ArgumentSpecValidator(arguments.CONTAINER_ARGUMENT_SPEC).validate(settings).validated_parameters
    files = [dict(path="nova.conf", sha256="")]
    entries = [dict(name=name, image=engine.IMAGE, files=files) for name in services]
    made = [desired.service(entry, settings, "raw", prefix, directory) for entry in entries]
    return {each.container: body.create_body(each.spec) for each in made}


def _load(site, name):
    """Import a module of the collection, although the namespace belongs to the package ansible in this environment."""
    place = str((site.directory / COLLECTION).parents[1])
    if place not in ansible_collections.__path__:
        ansible_collections.__path__.append(place)
    return importlib.import_module(f"ansible_collections.novafleet.compute.plugins.module_utils.{name}")
