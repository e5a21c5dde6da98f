# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker host in memory and on tmp_path, and runs on it."""

from __future__ import annotations

import hashlib
import os

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import gate
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.carry_out import StepRunner
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import every
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import FileStore
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.gate import Gate
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import plan
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.read import read
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.rollout import Rollout, RolloutOptions


class Fleet:
    """A Docker host in memory and on tmp_path, and its desired state."""

    def __init__(self, engine, policy, root):
        self.engine, self.policy = engine, policy
        self.store = FileStore(root, "nova", os.getuid(), os.getgid())
        self.desired, self.contents = {}, {}
        self.progress, self.progress_path = None, None

    def want(self, *names, image="nova:1", content="v1", **container):
        for name in names:
            sha256 = hashlib.sha256(content.encode()).hexdigest()
            files = [{"path": "nova.conf", "sha256": sha256}] if content else []
            entry = {"name": name, "image": image, "files": files, "container": container}
            self.desired[name] = service(entry, self.policy, "nova", "n-", self.store.root)
            self.contents[name] = {"nova.conf": content}

    def plan(self, **options):
        actual = read(self.engine, self.store, list(self.desired.values()))
        made = plan(list(self.desired.values()), actual, "nova", **options)
        assert every.problems(made, Host(self.engine, dict(memory_per_service_mb=0))) == []
        return made.steps

    def run(
        self,
        steps=None,
        concurrency=4,
        settle=0,
        max_unavailable=1,
        max_failures=0,
        health_timeout=120,
        orphans=None,
        **options,
    ):
        steps = self.plan(**options) if steps is None else steps
        runner = StepRunner(self.engine, self.store, self.contents, orphans or {}, Pace(0, 1))
        tuned = RolloutOptions(concurrency, max_unavailable, max_failures)
        self.progress = Progress(self.progress_path, len(steps))
        rollout = Rollout(runner, Gate(self.engine, settle, health_timeout), tuned, self.progress)
        return [result.shown() for result in rollout.run(steps)]

    def up(self, *names, **desired):
        """Start services and clear the recorded calls."""
        self.want(*names, **desired)
        assert [one["error"] for one in self.run()] == [None] * len(self.desired)
        self.engine.calls.clear()

    def settled(self):
        return not [step for step in self.plan() if step.changed]

    def states(self):
        return {one.name: (one.state, one.image) for one in self.engine.containers()}


@pytest.fixture
def fleet(engine, policy, tmp_path):
    return Fleet(engine, policy, str(tmp_path / "etc"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(gate, "POLL_SECONDS", 0.01)
