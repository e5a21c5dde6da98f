# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site: an inventory of Docker hosts and targets, stand-ins, and runs of the collection's own playbooks.

Each Docker host is this machine, with an engine, a directory of files and a /run/lock of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from bus import Bus
from cloud import Cloud
from containers import IMAGE
from engine import Engine
from plays import collections_path, plays_of
from runs import RUN_SECONDS, Begun, Run, end

# Ansible runs modules with it. Each Docker host has its own engine, and its own /run for locks and progress files.
INTERPRETER = """\
#!/bin/sh
export DOCKER_HOST={engine}
exec unshare --mount sh -c 'mount --bind {run} /run && exec {python} "$@"' {python} "$@"
"""
# The same, except that the process of one module does something else.
BROKEN = """\
#!/bin/sh
payload=$(mktemp)
trap 'rm -f "$payload"' EXIT
cat > "$payload"
if grep -q "plugins[.]modules[.]{module}'" "$payload" && grep -q '_ansible_check_mode": *{check}' "$payload"; then
  {instead}
fi
{interpreter} "$@" < "$payload"
"""


class Site:
    """Docker hosts by name, each with its engine, one cloud, and an inventory that a test may change before a run."""

    def __init__(self, docker_hosts: tuple[str, ...] = ("d1",), targets: tuple[str, ...] = ("t1", "t2", "t3")):
        """docker_hosts: their names; targets: names of inventory hosts in the group fake."""
        # A short path, because that of a Unix socket must not be longer than 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="nfr-"))
        self.directory.chmod(0o755)
        self.fleet = f"role-{uuid.uuid4().hex[:8]}"
        self.engines, self.processes = {}, []
        for name in docker_hosts:
            (self.directory / name).mkdir()
            self.engines[name] = Engine(self.directory / name)
        self.cloud, self.bus = Cloud(list(self.engines.values())), Bus()
        self.hosts = {name: self._host_vars(name) for name in docker_hosts}
        self.targets = {name: {} for name in targets}
        self.groups = {}
        # Hosts without a group, such as one that asks nova.
        self.others = {}
        self.vars = {}
        self.environment = {}

    def start(self) -> None:
        for engine in self.engines.values():
            engine.start()
        self.cloud.start()
        self.bus.start()
        self.vars = dict(self._vars(), **self.vars)

    def end_runs(self) -> None:
        for process in self.processes:
            end(process)

    def end(self) -> None:
        self.end_runs()
        for engine in self.engines.values():
            engine.end()
        self.cloud.close()
        self.bus.end()
        shutil.rmtree(self.directory)

    def engine(self, host: str = "d1") -> Engine:
        return self.engines[host]

    def config(self, host: str = "d1") -> Path:
        """Directory of a Docker host's files."""
        return self.directory / host / "novafleet"

    def running(self) -> dict[str, list[str]]:
        """Service -> Docker hosts on which it runs, one entry for each container."""
        found = {}
        for host, engine in self.engines.items():
            for service, names in engine.running().items():
                found.setdefault(service, []).extend([host] * len(names))
        return found

    def places(self) -> dict[str, str]:
        """Service -> the Docker host on which it runs. A service that runs twice is an error."""
        running = self.running()
        twice = {service: hosts for service, hosts in running.items() if len(hosts) > 1}
        assert not twice, twice
        return {service: hosts[0] for service, hosts in running.items()}

    def _host_vars(self, name: str) -> dict:
        directory = self.directory / name
        interpreter = directory / "python"
        (directory / "run").mkdir()
        text = INTERPRETER.format(engine=self.engines[name].url, run=directory / "run", python=sys.executable)
        interpreter.write_text(text, encoding="utf-8")
        interpreter.chmod(0o755)
        return dict(
            ansible_connection="local",
            ansible_python_interpreter=str(interpreter),
            services_config_dir=str(directory / "novafleet"),
        )

    @contextlib.contextmanager
    def wrapped(self, host: str, command: str):
        """Make a Docker host run modules with a command that runs its arguments."""
        known = self.hosts[host]
        real = known["ansible_python_interpreter"]
        path = self.directory / f"wrapped-{host}"
        path.write_text(f'#!/bin/sh\n{command} {real} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        known["ansible_python_interpreter"] = str(path)
        try:
            yield
        finally:
            known["ansible_python_interpreter"] = real

    @contextlib.contextmanager
    def broken(self, host: str, instead: str, module: str = "[a-z_]*", check: str = "[a-z]*"):
        """Make a Docker host, or another name of this machine, fail to run a module. By default all modules.

        instead: lines of shell; check: false for the runs of the module that are not in check mode.
        """
        known = self.hosts[host] if host in self.hosts else self.others.setdefault(host, {})
        before = dict(known)
        real = before.get("ansible_python_interpreter", sys.executable)
        path = self.directory / f"broken-{host}"
        path.write_text(BROKEN.format(module=module, check=check, instead=instead, interpreter=real), encoding="utf-8")
        path.chmod(0o755)
        known.update(ansible_connection="local", ansible_python_interpreter=str(path))
        try:
            yield
        finally:
            known.clear()
            known.update(before)

    def _vars(self) -> dict:
        placement = dict(self.cloud.settings["auth"], auth_type="password")
        return dict(
            services_fleet=self.fleet,
            services_image=IMAGE,
            services_transport_url=self.bus.url,
            services_placement=placement,
            services_cloud=self.cloud.settings,
            services_memory_check=False,
            services_start_cpu_seconds=0,
            services_verify_timeout=5,
            services_preflight_timeout=2,
            services_heartbeat_watch=3,
        )

    def inventory(self) -> dict:
        return dict(
            all=dict(
                vars=self.vars,
                hosts=self.others,
                children=dict(
                    dict(nova_compute_hosts=dict(hosts=self.hosts), fake=dict(hosts=self.targets)), **self.groups
                ),
            )
        )

    def play(self, name: str, **changes) -> list:
        """Run the collection's own playbook with this name. changes override keys of each of its plays."""
        return plays_of(name, **changes)

    def begin(self, playbook: str | list = "deploy", *arguments: str, **extra) -> Begun:
        """Start a run of a playbook, by its name in the collection, or of plays; extra are extra vars."""
        number = len(self.processes)
        plays = self.play(playbook) if isinstance(playbook, str) else playbook
        files = {"inventory": self.inventory(), "playbook": plays, "extra": extra}
        paths = {name: self.directory / f"{name}-{number}.json" for name in files}
        for name, content in files.items():
            paths[name].write_text(json.dumps(content), encoding="utf-8")
        command = ["ansible-playbook", "--inventory", str(paths["inventory"]), "--extra-vars", f"@{paths['extra']}"]
        return self._started([*command, *arguments, str(paths["playbook"])], number)

    def _started(self, command: list[str], number: int) -> Begun:
        log = self.directory / f"log-{number}.json"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=dict(os.environ, **self._settings(), **self.environment),
                cwd=self.directory,
                start_new_session=True,
            )
        self.processes.append(process)
        return Begun(process, log)

    def _settings(self) -> dict:
        return dict(
            ANSIBLE_COLLECTIONS_PATH=str(collections_path()),
            ANSIBLE_HOME=str(self.directory / "ansible"),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_INVENTORY_ENABLED="yaml",
            ANSIBLE_PIPELINING="true",
            ANSIBLE_STDOUT_CALLBACK="role_tests",
            ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).resolve().parent / "callback_plugins"),
            ANSIBLE_NOCOLOR="true",
            ANSIBLE_RETRY_FILES_ENABLED="false",
            # With this variable, the controller would compile the collection's plugins in each of its workers.
            PYTHONDONTWRITEBYTECODE="",
        )

    @staticmethod
    def wait_until(condition: Callable[[], bool], seconds: float = RUN_SECONDS) -> None:
        """Wait for an effect of a run in progress."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.02)

    def run(self, playbook: str | list = "deploy", *arguments: str, **extra) -> Run:
        return self.begin(playbook, *arguments, **extra).wait()

    def deploy(self, *arguments: str, **extra) -> Run:
        """Run deploy, which must succeed."""
        run = self.run("deploy", *arguments, **extra)
        assert not run.failed, run.text
        return run
