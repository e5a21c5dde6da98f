# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet held by the module as users call it, and observers of it that share no code with the collection."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from private_engine import TROUBLE, kill_tree, signal_tree, tree

IMAGE, NEXT_IMAGE, FOREIGN_IMAGE = "nf-test:1", "nf-test:2", "nf-test:foreign"
# Podman tells names in full.
HUB = "docker.io/library/"
COUNT = 10
RUN_SECONDS = 900
# The callback prints the module's result as JSON, after the name of the host and what became of it.
SETTINGS = dict(
    ANSIBLE_LOCALHOST_WARNING="false",
    ANSIBLE_NOCOLOR="true",
    ANSIBLE_PIPELINING="true",
    ANSIBLE_STDOUT_CALLBACK="minimal",
)
ANSWER = re.compile(r"^localhost \| (\S+) => ", re.MULTILINE)
LABEL_FLEET, LABEL_SERVICE = "novafleet.fleet", "novafleet.service"


class Fleet:
    """Services on the engine, held by the module as users call it: with ansible-playbook."""

    def __init__(self, engine, directory, count=COUNT):
        self.engine, self.directory = engine, directory
        self.name = f"fault-{uuid.uuid4().hex[:8]}"
        self.claims = Claims(directory / "claims")
        self.services = [self._service(f"s{number:02d}") for number in range(count)]
        self.options = dict(
            docker_host=engine.host,
            fleet=self.name,
            image=IMAGE,
            config_dir=str(directory / "config"),
            container_prefix=f"{self.name}-",
            container=dict(user="0:0", tmpfs={}, mounts=[self.claims.mount], stop_timeout=10),
            concurrency=4,
            max_unavailable=4,
            settle=1,
        )
        self.settings = dict(SETTINGS)
        self._runs = []

    def _service(self, name):
        files = [dict(path="nova.conf", content=f"[DEFAULT]\nhost = {name}\n")]
        return dict(name=name, command=self.claims.command(name), files=files)

    def begin(self, *arguments, terminal=False, **options):
        """Start a run, on a terminal or not; options are the module's, arguments those of ansible-playbook."""
        run = Run(self.directory / f"run-{len(self._runs)}", self._task(options), arguments, self.settings, terminal)
        self._runs.append(run)
        return run

    def run(self, *arguments, **options):
        """Result of the module, as the playbook's later tasks see it."""
        return self.begin(*arguments, **options).result()

    def _task(self, options):
        return {**self.options, "services": self.services, **options}

    def end(self):
        for run in self._runs:
            run.kill()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/run/lock/novafleet-{self.name}.lock")

    @property
    def names(self):
        return {service["name"] for service in self.services}

    def container(self, service):
        return f"{self.name}-{service}"

    def containers(self, **filters):
        """Entries of the engine's list, read anew, of the fleet's containers."""
        with contextlib.closing(self.engine.client()) as client:
            return client.api.containers(all=True, filters=dict(filters, label=f"{LABEL_FLEET}={self.name}"))

    def running(self):
        """Service to the list of its running containers' ids."""
        found = collections.defaultdict(list)
        for entry in self.containers(status="running"):
            found[entry["Labels"][LABEL_SERVICE]].append(entry["Id"])
        return dict(found)

    def images(self):
        """Service to the image of its running container."""
        found = {entry["Labels"][LABEL_SERVICE]: entry["Image"] for entry in self.containers(status="running")}
        return {service: image.removeprefix(HUB) for service, image in found.items()}

    def assert_all_run(self):
        """Every service lives, in one container of its own name, and nothing is left beside them."""
        entries = self.containers()
        assert {entry["State"] for entry in entries} == {"running"}
        assert sorted(entry["Names"][0] for entry in entries) == sorted(f"/{self.container(one)}" for one in self.names)
        # A container runs before its process has come to its claim.
        assert eventually(lambda: self.claims.held() == self.names), self.claims.held()

    def assert_never_two(self):
        assert not self.claims.twins()


class Claims:
    """Each container claims its service for as long as it lives, and notes if another one holds the claim.

    The claim is a lock of the kernel's, so that not even a moment of two is missed, nor a process that
    the engine has forgotten.
    """

    SCRIPT = "exec 9>/claims/$0; /usr/bin/flock -n 9 || echo $0 >>/claims/twins; exec sleep infinity"

    def __init__(self, directory):
        self.directory = directory
        self.directory.mkdir()
        self.mount = dict(source=str(directory), target="/claims", read_only=False)

    def command(self, service):
        return ["sh", "-c", self.SCRIPT, service]

    def twins(self):
        """Services of which a second process was started beside the first."""
        path = self.directory / "twins"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def held(self):
        """Services that live now, whatever the engine says; proc(5), locks, as trying a lock would take it."""
        locks = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
        inodes = {int(fields[5].rpartition(":")[2]) for fields in locks if fields[1] == "FLOCK"}
        return {path.name for path in self.directory.iterdir() if path.stat().st_ino in inodes}


class Run:
    """One ansible-playbook; wrap turns its command into one that runs it, such as in a mount namespace."""

    def __init__(self, directory, options, arguments, settings, terminal, module="containers", wrap=list):
        directory.mkdir()
        self.log = directory / "log"
        playbook = directory / "play.yml"
        playbook.write_text(json.dumps(_play(options, module)), encoding="utf-8")
        command = ["ansible-playbook", "--inventory", "localhost,", *arguments, str(playbook)]
        if terminal:
            command = ["script", "--quiet", "--return", "--flush", "--command", shlex.join(command), "/dev/null"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                wrap(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(os.environ, **settings),
                start_new_session=True,
            )

    @property
    def ended(self):
        return self.process.poll() is not None

    def result(self):
        """What the module returned, in any case with failed and changed."""
        try:
            self.process.wait(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the run does not end:\n{self.log_text()}\n{tree(self.process.pid)}") from None
        text = self.log_text()
        answer = ANSWER.search(text)
        assert answer, text
        returned, _end = json.JSONDecoder().raw_decode(text, answer.end())
        return dict(returned, failed=answer[1] == "FAILED!")

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def pause(self):
        """All processes of the run, which keep what they hold."""
        signal_tree(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        signal_tree(self.process.pid, signal.SIGCONT)

    def kill(self):
        """SIGKILL to all processes of the run: Ansible's workers leave the process group, so it would not do."""
        if not self.ended:
            kill_tree(self.process.pid)
            self.process.wait()


def _play(options, module):
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": [{f"novafleet.compute.{module}": options}],
        }
    ]


class Foreign:
    """A container that somebody else made on the same engine."""

    def __init__(self, engine):
        self.engine = engine
        self.name = f"foreign-{uuid.uuid4().hex[:8]}"
        with contextlib.closing(engine.client()) as client:
            client.containers.run(
                FOREIGN_IMAGE,
                ["sleep", "infinity"],
                name=self.name,
                detach=True,
                init=True,
                network_mode="none",
                labels={LABEL_SERVICE: "s00"},
                restart_policy={"Name": "always"},
            )
        self.before = self._state()

    def _state(self):
        """What must not change; an engine that was killed starts the container again, so when is left out then."""
        with contextlib.closing(self.engine.client()) as client:
            detail = client.api.inspect_container(self.name)
        started = None if self.engine.kills else detail["State"]["StartedAt"]
        return detail["Id"], detail["Name"], detail["State"]["Status"], started

    def assert_untouched(self):
        before = (*self.before[:3], None) if self.engine.kills else self.before
        assert self._state() == before


def eventually(condition, seconds=120):
    """Wait until a condition holds, and bear an engine that does not answer meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(*TROUBLE):
            if condition():
                return True
        time.sleep(0.05)
    return False
