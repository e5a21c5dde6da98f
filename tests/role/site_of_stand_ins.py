# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site: an inventory of Docker hosts and targets, its stand-ins, and runs of the collection's own playbooks on it.

Each Docker host is this machine, with an engine, a directory of files and a /run/lock of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from bus import Bus
from cloud import Cloud
from engine import IMAGE, Engine

RUN_SECONDS = 120
# What hangs is given up after so many seconds.
API_TIMEOUT = 2
NOVA_MODULES = ("nova_retire", "nova_services", "nova_services_info")
DOCKER_MODULES = ("containers", "containers_info")
# Roles that need a real machine and a real engine. Their tasks are tested on these.
ELSEWHERE = ("novafleet.compute.docker_host", "novafleet.compute.image")
# Where the collection is installed: that of the checkout where nothing else is said.
HERE = Path(__file__).resolve().parents[5]
# Ansible runs modules by it. Each Docker host has its own engine, and its own /run, where locks and notes are.
INTERPRETER = """\
#!/bin/sh
export DOCKER_HOST={engine}
exec unshare --mount sh -c 'mount --bind {run} /run && exec {python} "$@"' {python} "$@"
"""
# The same, but for one module, whose process then does something else.
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


@dataclass
class Run:
    """One ansible-playbook that has ended.

    Attributes:
        status: its exit status.
        text: all that it wrote.
        stats: dict, host -> dict with ok, changed, failures, unreachable, skipped.
        tasks: list of (name of the task, dict of host -> result), in order.
    """

    status: int
    text: str
    stats: dict
    tasks: list

    @property
    def failed(self) -> bool:
        return self.status != 0

    @property
    def message(self) -> str:
        """What the tasks that failed said, all of it."""
        told = [
            str(result.get("msg", "")) for _name, results in self.tasks for result in results.values() if _bad(result)
        ]
        return "\n".join(told)

    def assert_refused(self, *patterns: str) -> None:
        """The run was refused before anything was changed, with a message in which each pattern is found."""
        assert self.failed and "Nothing was changed" in self.message, self.text
        for pattern in patterns:
            assert re.search(pattern, self.message, re.IGNORECASE), f"no {pattern} in:\n{self.message}"

    def results(self, task: str) -> dict:
        """Host -> result of the last task of this name, without that of its role."""
        found = [results for name, results in self.tasks if name.rpartition(" : ")[2] == task]
        assert found, f"no task {task} in {[name for name, _results in self.tasks]}"
        return found[-1]

    def ran(self, task: str) -> bool:
        """Whether a task of this name was carried out on any host."""
        return any(
            name.rpartition(" : ")[2] == task and not all(result.get("skipped") for result in results.values())
            for name, results in self.tasks
        )


def _bad(result: dict) -> bool:
    return bool(result.get("failed") or result.get("unreachable")) and not result.get("_ignored")


class Site:
    """Docker hosts by name, each with its engine; one cloud; and an inventory that a test may change before a run."""

    def __init__(self, docker_hosts: tuple[str, ...] = ("d1",), targets: tuple[str, ...] = ("t1", "t2", "t3")):
        """docker_hosts: their names; targets: names of inventory hosts in the group fake."""
        # Short, as that of a Unix socket has at most 107 bytes.
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
        # Hosts in no group, such as one that asks nova.
        self.others = {}
        self.vars = {}
        self.environment = {}

    def start(self) -> None:
        for engine in self.engines.values():
            engine.start()
        self.cloud.start()
        self.bus.start()
        self.vars = dict(self._vars(), **self.vars)

    def end(self) -> None:
        for process in self.processes:
            _end(process)
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
        """Service -> Docker hosts where it runs, one entry a container."""
        found = {}
        for host, engine in self.engines.items():
            for service, names in engine.running().items():
                found.setdefault(service, []).extend([host] * len(names))
        return found

    def places(self) -> dict[str, str]:
        """Service -> the one Docker host where it runs; it is an error that one runs twice."""
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
        """Have a Docker host carry out modules by a command that runs what follows it."""
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
        """Have a Docker host, or any other name of this machine, carry out a module wrongly, all modules by default.

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
        """The collection's own playbook of this name, but for what needs a real engine, and without waiting for long.

        changes are laid over each of its plays, such as serial or strategy.
        """
        plays = _plays(name)
        quick = {f"novafleet.compute.{name}": dict(api_timeout=API_TIMEOUT) for name in NOVA_MODULES}
        quick.update({f"novafleet.compute.{name}": dict(docker_timeout=API_TIMEOUT) for name in DOCKER_MODULES})
        quick["novafleet.compute.containers"]["settle"] = 0
        for play in plays:
            if "roles" in play:
                play["roles"] = [one for one in play["roles"] if one["role"] not in ELSEWHERE]
            play["module_defaults"] = quick
            play.update(changes)
        return plays

    def begin(self, playbook: str | list = "deploy", *arguments: str, **extra) -> Ended:
        """Start a run of a playbook, by its name in the collection, or of plays; extra are extra vars."""
        number = len(self.processes)
        plays = self.play(playbook) if isinstance(playbook, str) else playbook
        files = {"inventory": self.inventory(), "playbook": plays, "extra": extra}
        paths = {name: self.directory / f"{name}-{number}.json" for name in files}
        for name, content in files.items():
            paths[name].write_text(json.dumps(content), encoding="utf-8")
        command = ["ansible-playbook", "--inventory", str(paths["inventory"]), "--extra-vars", f"@{paths['extra']}"]
        return self._started([*command, *arguments, str(paths["playbook"])], number)

    def _started(self, command: list[str], number: int) -> Ended:
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
        return Ended(process, log)

    def _settings(self) -> dict:
        return dict(
            ANSIBLE_COLLECTIONS_PATH=str(_collections()),
            ANSIBLE_HOME=str(self.directory / "ansible"),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_INVENTORY_ENABLED="yaml",
            ANSIBLE_PIPELINING="true",
            ANSIBLE_STDOUT_CALLBACK="role_tests",
            ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).resolve().parent / "callback_plugins"),
            ANSIBLE_NOCOLOR="true",
            ANSIBLE_RETRY_FILES_ENABLED="false",
            # Set, the controller would compile the plugins of the collection in each of its workers.
            PYTHONDONTWRITEBYTECODE="",
        )

    @staticmethod
    def wait_until(condition: Callable[[], bool], seconds: float = RUN_SECONDS) -> None:
        """Wait for what a run in progress does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.02)

    def run(self, playbook: str | list = "deploy", *arguments: str, **extra) -> Run:
        return self.begin(playbook, *arguments, **extra).wait()

    def deploy(self, *arguments: str, **extra) -> Run:
        """A run of deploy that must succeed."""
        run = self.run("deploy", *arguments, **extra)
        assert not run.failed, run.text
        return run


class Ended:
    """A run that goes on until wait() has seen its end."""

    def __init__(self, process: subprocess.Popen, log: Path):
        self.process, self.log = process, log

    def wait(self, seconds: float = RUN_SECONDS) -> Run:
        """Raises AssertionError if it has not ended after so many seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(self.process)
            raise AssertionError(f"the run did not end within {seconds} s:\n{self._text()}") from None
        lines = [line for line in self._text().splitlines() if line.startswith('{"nfr": ')]
        told = [json.loads(line)["nfr"] for line in lines]
        stats = next((one["stats"] for one in told if "stats" in one), {})
        return Run(self.process.returncode, self._readable(told), stats, _tasks(told))

    def kill(self) -> None:
        """SIGKILL it and all that it has started."""
        _end(self.process)

    def _text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _readable(self, told: list) -> str:
        plain = [line for line in self._text().splitlines() if not line.startswith('{"nfr": ')]
        shown = [f"{one['task']} [{one['host']}]{_shown(one['result'])}" for one in told if "task" in one]
        return "\n".join(plain + shown)


def _shown(result: dict) -> str:
    """What a reader of a failed test wants to see of a task."""
    return ": " + json.dumps(result) if _bad(result) else " skipped" if result.get("skipped") else ""


def _tasks(told: list) -> list:
    tasks, names = [], {}
    for one in told:
        if "task" in one:
            if one["id"] not in names:
                names[one["id"]] = {}
                tasks.append((one["task"], names[one["id"]]))
            names[one["id"]][one["host"]] = one["result"]
    return tasks


def _plays(name: str) -> list:
    """The plays of a playbook of the collection, and of those that it imports."""
    path = _collections() / "ansible_collections/novafleet/compute/playbooks" / f"{name}.yml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    imported = [
        _plays(play["import_playbook"].removesuffix(".yml")) if "import_playbook" in play else [play] for play in found
    ]
    return [play for plays in imported for play in plays]


def _collections() -> Path:
    return Path(os.environ.get("ANSIBLE_COLLECTIONS_PATH") or HERE)


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
