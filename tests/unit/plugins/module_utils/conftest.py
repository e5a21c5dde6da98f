# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An engine in memory with the calls of base.Engine. It refuses to run two containers of one service."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import threading
import time

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_SPEC,
    STOPPED,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Conflict,
    Container,
    ContainerDetails,
    EngineError,
    NotFound,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import cgroups
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC

IMAGES = {"nova:1": "sha256:1", "nova:2": "sha256:2"}


class Killed(BaseException):
    """The process ends here: nothing after it is carried out."""


class FakeEngine:
    """Containers by id. calls is a list of (method, service, container's name), and failing names those that raise."""

    def __init__(self):
        self.here, self.calls, self.failing, self.made = {}, [], {}, 0
        self.restarts, self.logs, self.wedged, self.timeouts = {}, {}, {}, {}
        self.healths, self.since = {}, {}
        self.confined, self.rejected, self.rehearsed = set(), None, []
        self.orphaned, self.ended = {}, []
        self.kill_at, self.twins, self.down, self.most_down = None, [], set(), 0
        self.lock = threading.RLock()

    # What tests set up.

    def add(self, name, service="", state="running", image="nova:1", *, digest="", fleet="nova"):
        labels = {LABEL_FLEET: fleet, LABEL_SERVICE: service, LABEL_SPEC: digest} if service else {}
        return self._put(name, labels, image, state)

    def fail(self, method, service, error=None):
        self.failing[method, service] = error or EngineError(f"{method} of {service} refused")

    def end_at_once(self, service, state="exited"):
        """The service's containers do not stay up after their start."""
        self.wedged[service] = state

    # What Engine has.

    def containers(self, verify=False):
        with self.lock:
            return [dataclasses.replace(one, health=self._health(one)) for one in self.here.values()]

    def image_ids(self, references):
        return {reference: IMAGES.get(reference) for reference in references}

    def runtimes(self):
        return {"runc"}

    def security(self):
        return self.confined

    def digest(self, spec):
        """Body in a form of this engine, which is not Docker's."""
        told = [spec.image, spec.command, spec.settings, spec.files]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def rehearse(self, spec):
        self.rehearsed.append(spec)
        for error in [self.rejected] if self.rejected else []:
            raise error

    def create(self, name, spec):
        labels = {LABEL_FLEET: spec.fleet, LABEL_SERVICE: spec.service, LABEL_SPEC: self.digest(spec)}
        with self.lock:
            self._called("create", spec.service, name)
            if any(one.name == name for one in self.here.values()):
                raise Conflict(f"name {name} is taken")
            self._put(name, labels, spec.image, "created")

    def start(self, ident):
        one = self._find("start", ident)
        if one.state == "paused":
            raise Conflict("cannot start a paused container, try unpause instead")
        self.restarts.pop(one.id, None)
        self._run(one)

    def unpause(self, ident):
        one = self._find("unpause", ident)
        if one.state != "paused":
            raise Conflict("is not paused")
        self._run(one)

    def restart(self, ident, timeout):
        one = self._find("restart", ident)
        self.restarts.pop(one.id, None)
        self._run(one)

    def rename(self, ident, name):
        with self.lock:
            one = self._find("rename", ident)
            if any(other.name == name for other in self.here.values()):
                raise Conflict(f"name {name} is taken")
            self._set(one, name=name)

    def remove(self, ident):
        with self.lock, contextlib.suppress(NotFound):
            one = self.here.pop(self._find("remove", ident).id)
            assert one.state in STOPPED, "what lives is disposed of"

    def dispose(self, container, timeout):
        """In two calls, between which a run may be killed."""
        with contextlib.suppress(NotFound):
            one = self._find("stop", container.id)
            self.timeouts[one.labels.get(LABEL_SERVICE)] = timeout
            self._set(one, state="exited")
            self.remove(one.id)

    def orphans(self, known, config_dir):
        return self.orphaned

    def end_orphan(self, ident, timeout):
        self.ended.append((ident, len(self.calls)))

    def inspect(self, ident):
        one = self._find("inspect", ident)
        return ContainerDetails("2026-11-23T01:02:03.456789Z", self.restarts.get(one.id, 0))

    def log_tail(self, ident, lines=20, since=None):
        one = self._find("log_tail", ident)
        self.since[one.labels.get(LABEL_SERVICE)] = since
        return self.logs.get(one.labels.get(LABEL_SERVICE), "")

    def read_file(self, image, path):
        return None

    # How it works.

    def _health(self, one):
        """The next health of a service. The last one stays."""
        healths = self.healths.get(one.labels.get(LABEL_SERVICE), [""])
        return healths.pop(0) if len(healths) > 1 else healths[0]

    def _put(self, name, labels, image, state):
        self.made += 1
        one = Container(
            f"{self.made:064x}", name, image, IMAGES.get(image, "sha256:old"), state, state, 0, dict(labels)
        )
        self.here[one.id] = one
        return one

    def _find(self, method, ident):
        with self.lock:
            one = next((one for one in self.here.values() if ident in (one.id, one.name)), None)
            self._called(method, one.labels.get(LABEL_SERVICE) if one else None, one.name if one else ident)
            if one is None:
                raise NotFound(f"no container {ident}")
            return one

    def _called(self, method, service, name):
        if self.kill_at is not None and len(self.calls) >= self.kill_at:
            raise Killed
        self.calls.append((method, service, name))
        if (method, service) in self.failing:
            raise self.failing[method, service]

    def _run(self, one):
        service = one.labels.get(LABEL_SERVICE)
        self._set(one, state=self.wedged.get(service, "running"))

    def _set(self, one, **changes):
        with self.lock:
            self.here[one.id] = dataclasses.replace(self.here[one.id], **changes)
            live = [c.labels.get(LABEL_SERVICE) for c in self.here.values() if c.labels and c.state not in STOPPED]
            self.twins += [service for service in live if live.count(service) > 1]


@pytest.fixture
def engine():
    fake = FakeEngine()
    yield fake
    assert fake.twins == [], "two containers of one service ran at the same time"


@pytest.fixture(scope="session")
def policy():
    """The container settings with all their defaults, as the module gets them."""
    return ArgumentSpecValidator(CONTAINER_ARGUMENT_SPEC).validate({}).validated_parameters


CGROUP = {
    "v1 cgroupfs": "4:memory:/docker/{id}\n3:cpu,cpuacct:/docker/{id}\n1:name=systemd:/docker/{id}\n0::/other\n",
    "v1 systemd": "4:memory:/a.slice/docker-{id}.scope\n3:cpu,cpuacct:/a.slice/docker-{id}.scope\n2:freezer:/\n",
    "v2 cgroupfs": "0::/docker/{id}\n",
    "v2 systemd": "0::/system.slice/docker-{id}.scope\n",
    "v1 podman": "4:memory:/libpod_parent/libpod-{id}\n3:cpu,cpuacct:/libpod_parent/libpod-{id}\n2:freezer:/\n",
    "v2 podman": "0::/machine.slice/libpod-{id}.scope\n",
    "v2, an engine in a container": "0::/docker/" + "f" * 64 + "/docker/{id}\n",
}
# proc(5): after the name, the state, 18 numbers and the start in clock ticks.
STAT = "{pid} ({name}) S " + "0 " * 18 + "{ticks} 0 0\n"


class Kernel:
    """The kernel's files about containers, on tmp_path."""

    def __init__(self, root):
        self.proc, self.root = root / "proc", root / "cgroup"
        self.proc.mkdir()
        self.root.mkdir()
        (self.proc / "self").mkdir()
        self.process(1, "init", "0::/init.scope\n")

    def process(self, pid, name, cgroup, seconds=0):
        """seconds: since its start."""
        ticks = math.floor((time.clock_gettime(time.CLOCK_BOOTTIME) - seconds) * os.sysconf("SC_CLK_TCK"))
        directory = self.proc / str(pid)
        directory.mkdir()
        texts = dict(comm=name + "\n", stat=STAT.format(pid=pid, name=name, ticks=ticks), cgroup=cgroup)
        for file, text in texts.items():
            (directory / file).write_text(text)

    def container(self, ident, *processes, kind="v2 systemd", **files):
        """processes: names; files: of its control groups, "__" for "."."""
        cgroup = CGROUP[kind].format(id=ident)
        for name in processes or ("docker-init",):
            self.process(100 + len(list(self.proc.iterdir())), name, cgroup, seconds=90)
        for file, text in files.items():
            hierarchy = {"memory": "memory", "cpuacct": "cpuacct"}[file.partition("__")[0]] if "v1" in kind else ""
            path = next(line.rpartition(":")[2] for line in cgroup.splitlines() if hierarchy in line)
            directory = self.root / hierarchy / path[1:]
            directory.mkdir(parents=True, exist_ok=True)
            (directory / file.replace("__", ".")).write_text(text)

    def groups(self):
        return cgroups.Groups(str(self.proc), str(self.root))


@pytest.fixture
def kernel(tmp_path):
    root = tmp_path / "kernel"
    root.mkdir()
    return Kernel(root)


@pytest.fixture(params=sorted(CGROUP))
def kind(request):
    """A version of control groups, and the paths of an engine's containers."""
    return request.param


@pytest.fixture(scope="session")
def killed():
    return Killed
