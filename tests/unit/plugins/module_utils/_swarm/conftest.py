# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A swarm in memory with the calls of SwarmCalls, and runs of the module on it."""

from __future__ import annotations

import copy
import hashlib
import threading

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Conflict, EngineError, NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm import answers
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import OutOfSequence
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Node, StoredFile
from ansible_collections.novafleet.compute.plugins.module_utils._swarm import gate, run, trial
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.arguments import SWARM_ARGUMENT_SPEC

DIGEST = "sha256:" + "1" * 64
TIME = "2026-11-29T12:00:{:02d}.000000000Z"


class Ended(Exception):
    """exit_json or fail_json was called."""


class Module:
    """An AnsibleModule; what it returned is in Ended."""

    def __init__(self, params, check_mode, diff):
        self.params, self.check_mode, self._diff = params, check_mode, diff

    def exit_json(self, **result):
        raise Ended(dict(result, failed=False))

    def fail_json(self, **result):
        raise Ended(dict(result, failed=True))


class FakeSwarm:
    """Services, secrets and configs by id. calls is a list of (method, name) of all that changed something."""

    version = (1, 44)

    def __init__(self):
        self.entries, self.files, self.texts, self.history = {}, {}, {}, {}
        self.calls, self.reads, self.made, self.clock = [], [], 0, 0
        self.here = [Node("n1", "docker1", manager=True, leader=True), Node("n2", "docker2"), Node("n3", "docker3")]
        self.registry = {"reg/nova:1": DIGEST, "reg/nova:2": "sha256:" + "2" * 64}
        # Task states of services that do not run, and errors of nodes in trials.
        self.states, self.broken, self.foreign_changes, self.stay = {}, {}, {}, set()
        self.lock = threading.RLock()

    # What SwarmCalls has.

    def nodes(self):
        self.reads.append("nodes")
        return self.here

    def network(self, name):
        self.reads.append("network")
        return {"host": "net-host", "overlay": "net-overlay"}.get(name)

    def services(self, label=""):
        self.reads.append("services")
        found = [answers.service(copy.deepcopy(entry)) for entry in self.entries.values()]
        return [one for one in found if not label or _has(one.labels, label)]

    def service(self, ident):
        return answers.service(copy.deepcopy(self.entries[ident]))

    def tasks(self, labels):
        self.reads.append("tasks")
        found = [answers.task(copy.deepcopy(entry)) for entries in self.history.values() for entry in entries]
        return [one for one in found if all(_has(one.labels, label) for label in labels)]

    def stored_files(self, label):
        self.reads += ["secrets", "configs"]
        return [one for one in self.files.values() if _has(one.labels, label)]

    def store(self, kind, name, labels, text):
        with self.lock:
            self._called("store", labels["novafleet.file"])
            if any(one.name == name for one in self.files.values()):
                raise Conflict(f"{name} is there")
            ident = self._ident(kind)
            self.files[ident] = StoredFile(kind, ident, name, dict(labels), TIME.format(self._tick()))
            self.texts[ident] = text
            return ident

    def discard(self, file):
        with self.lock:
            used = {ref.id for one in self.services() for ref in one.files}
            if file.id in used:
                return False
            self._called("discard", self.files.pop(file.id).labels["novafleet.file"])
            return True

    def create(self, body):
        with self.lock:
            self._called("create", body["Name"])
            if any(entry["Spec"]["Name"] == body["Name"] for entry in self.entries.values()):
                raise Conflict(f"name {body['Name']} is taken")
            ident = self._ident("service")
            self.entries[ident] = {"ID": ident, "Version": {"Index": self._tick()}, "Spec": _stored(body)}
            self._run(ident)
            return ident

    def update(self, ident, version, body):
        with self.lock:
            self._called("update", body["Name"])
            self.foreign_changes.pop(body["Name"], lambda _entry: None)(self.entries[ident])
            if ident not in self.entries:
                raise NotFound(ident)
            if self.entries[ident]["Version"]["Index"] != version:
                raise OutOfSequence(f"service {body['Name']} was changed meanwhile.")
            self.entries[ident] = {"ID": ident, "Version": {"Index": self._tick()}, "Spec": _stored(body)}
            self._run(ident)

    def remove(self, ident):
        with self.lock:
            if ident not in self.entries:
                return
            name = self.entries.pop(ident)["Spec"]["Name"]
            self._called("remove", name)
            for task in self.history.get(ident, []):
                if task["Status"]["State"] == "running" and name not in self.stay:
                    task["Status"]["State"] = "shutdown"

    def digest(self, image):
        self.reads.append("digest")
        if image not in self.registry:
            raise EngineError(f"Could not ask the registry for image {image}: manifest unknown")
        return self.registry[image]

    def task_log(self, ident, lines=20):
        return f"log of {ident}, transport_url = rabbit://nova:s3cr3t@bus/"

    # What tests ask.

    def names(self):
        return sorted(entry["Spec"]["Name"] for entry in self.entries.values())

    def named(self, name):
        return next(entry for entry in self.entries.values() if entry["Spec"]["Name"] == name)

    def contents(self):
        """Texts of all secrets and configs."""
        return sorted(self.texts[ident] for ident in self.files)

    def _called(self, method, name):
        self.calls.append((method, name))

    def _ident(self, kind):
        self.made += 1
        return f"{kind}-{self.made}"

    def _tick(self):
        self.clock += 1
        return self.clock

    def _run(self, ident):
        spec = self.entries[ident]["Spec"]
        for task in self.history.setdefault(ident, []):
            task["DesiredState"] = "shutdown"
            task["Status"]["State"] = "shutdown"
        if "GlobalJob" in spec["Mode"]:
            for node in self.here:
                state = ("rejected", self.broken[node.hostname]) if node.hostname in self.broken else ("complete", "")
                # Swarm tries again what failed.
                for _attempt in range(2 if node.hostname in self.broken else 1):
                    self._task(ident, spec, node.id, *state)
        elif spec["Mode"]["Replicated"]["Replicas"]:
            self._task(ident, spec, "n1", *self.states.get(spec["Name"], ("running", "")))

    def _task(self, ident, spec, node, state, error):
        ticks = TIME.format(self._tick())
        self.history[ident].append(
            {
                "ID": self._ident("task"),
                "ServiceID": ident,
                "NodeID": node,
                "DesiredState": "running",
                "CreatedAt": ticks,
                "Status": {"State": state, "Timestamp": ticks, "Err": error},
                "Spec": copy.deepcopy(spec["TaskTemplate"]),
            }
        )


def _has(labels, label):
    key, _equals, value = label.partition("=")
    return labels.get(key) == value


def _stored(body):
    """As Swarm returns it: without what is empty."""
    if isinstance(body, dict):
        return {key: _stored(value) for key, value in body.items() if value not in (None, "", 0, False, [], {})} or body
    return [_stored(one) for one in body] if isinstance(body, list) else body


@pytest.fixture
def swarm(monkeypatch):
    fake = FakeSwarm()
    monkeypatch.setattr(run, "swarm_calls", lambda _params: fake)
    for module in (gate, trial):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(trial, "FIRST_TASKS_SECONDS", 0.1)
    return fake


@pytest.fixture
def apply(swarm, monkeypatch):
    """Function that runs the module. Services are names, or dicts; texts are the contents of files by service."""

    def call(*services, texts=None, sent=True, check=False, diff=False, **options):
        contents = texts or {}
        entries = [dict(name=one) if isinstance(one, str) else dict(one) for one in services]
        for entry in entries:
            files = contents.setdefault(entry["name"], {"nova.conf": f"[DEFAULT]\nhost = {entry['name']}\n"})
            entry["files"] = [
                dict(path=path, sha256=hashlib.sha256(text.encode()).hexdigest(), immutable=path == "compute_id")
                for path, text in files.items()
            ]
        options.setdefault("image", "reg/nova:1")
        given = dict(dict(settle=0, health_timeout=1, max_unavailable="100%"), services=entries, **options)
        validated = ArgumentSpecValidator(SWARM_ARGUMENT_SPEC).validate(given)
        assert not validated.error_messages, validated.error_messages
        monkeypatch.setattr(run, "contents_of", lambda _bundle: contents if sent else {})
        swarm.calls.clear()
        swarm.reads.clear()
        with pytest.raises(Ended) as ended:
            run.apply_to_swarm(Module(validated.validated_parameters, check, diff))
        return ended.value.args[0]

    return call
