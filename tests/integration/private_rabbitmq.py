# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A RabbitMQ of the tests' own, one node or a cluster, which they may stop, kill and freeze.

It needs Debian's package C(rabbitmq-server) and nothing of its service: ports, epmd, cookie, home,
data and logs are private.  Everything listens on 127.0.0.1 only.

    with PrivateRabbitMQ(nodes=3) as broker:
        broker.start()
        broker.url                                   # transport_url of oslo.messaging, all nodes
        broker.nodes[0].kill()
        broker.nodes[1].queues()
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

# The programs behind Debian's wrappers, which change to the user and the home of the packaged service.
PROGRAMS = Path("/usr/lib/rabbitmq/bin")
ADDRESS = "127.0.0.1"
USER = PASSWORD = "nova"
START_SECONDS = 120
STOP_SECONDS = 30
# An idle Erlang spins for work by default. Nodes find each other on the loopback interface only.
ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
QUEUE_COLUMNS = ("name", "type", "durable", "auto_delete", "exclusive", "consumers", "messages", "owner_pid", "state")
CONNECTION_COLUMNS = ("pid", "name", "user", "peer_port", "state", "client_properties")
CONSUMER_COLUMNS = ("queue_name", "channel_pid", "consumer_tag", "active")


class RabbitMQError(AssertionError):
    """A node did not start, or rabbitmqctl failed; the text holds what it printed."""


class PrivateRabbitMQ:
    """One RabbitMQ, of one node or several, in one temporary directory.

    Attributes:
        nodes: list of RabbitMQNode, in the order in which they start.
        directory: Path of everything that the nodes write.
    """

    def __init__(self, nodes: int = 1, config: str = "") -> None:
        """nodes: number of nodes, one cluster; config: further lines of rabbitmq.conf for each of them."""
        self.directory = Path(tempfile.mkdtemp(prefix="nfmq", dir="/var/tmp"))
        ports = free_ports(1 + 2 * nodes)
        self.epmd_port, self.config = ports[0], config
        self.epmd: subprocess.Popen[bytes] | None = None
        pairs = zip(ports[1::2], ports[2::2], strict=True)
        self.nodes = [RabbitMQNode(self, f"nf{number}@localhost", *pair) for number, pair in enumerate(pairs, 1)]
        _write_private(self.directory / ".erlang.cookie", self.directory.name)

    def __enter__(self) -> PrivateRabbitMQ:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()

    @property
    def url(self) -> str:
        """oslo.messaging's transport URL with all nodes, as the default user."""
        return self.url_of(USER, PASSWORD)

    def url_of(self, user: str, password: str, vhost: str = "") -> str:
        """oslo.messaging's transport URL with all nodes, for a user made by add_user()."""
        hosts = ",".join(f"{user}:{password}@{ADDRESS}:{node.port}" for node in self.nodes)
        return f"rabbit://{hosts}/{vhost}"

    def start(self) -> None:
        """Start what does not run, one node after the other, and wait until each serves AMQP.

        Raises:
            RabbitMQError: a node ended, or does not serve within START_SECONDS.
        """
        if not _alive(self.epmd):
            # Not left to Erlang, whose epmd would be a daemon that outlives the tests.
            self.epmd = self.spawn("epmd", ["epmd", "-port", str(self.epmd_port), "-address", ADDRESS], {})
        for node in self.nodes:
            node.start()

    def end(self) -> None:
        """Kill everything and delete the directory, whatever state it is in."""
        for node in self.nodes:
            node.kill()
        if self.epmd is not None:
            _kill_group(self.epmd)
        shutil.rmtree(self.directory, ignore_errors=True)

    def add_user(self, name: str, password: str, configure: str = ".*", write: str = ".*", read: str = ".*") -> None:
        """Add a user with permissions (regular expressions) on the default virtual host."""
        self.alive_node().ctl("add_user", name, password)
        self.alive_node().ctl("set_permissions", name, configure, write, read)

    def add_vhost(self, name: str) -> str:
        """Add a virtual host for the default user, and return its transport URL: queues of its own for a test."""
        self.alive_node().ctl("add_vhost", name)
        self.alive_node().ctl("set_permissions", "--vhost", name, USER, ".*", ".*", ".*")
        return self.url_of(USER, PASSWORD, name)

    def alive_node(self) -> RabbitMQNode:
        """The first node that runs and is not frozen.

        Raises:
            RabbitMQError: there is none.
        """
        for node in self.nodes:
            if node.answers():
                return node
        raise RabbitMQError("no node runs")

    def environment(self) -> dict[str, str]:
        """Variables of all programs of Erlang that belong here."""
        path = f"{PROGRAMS}:{os.environ.get('PATH', os.defpath)}"
        erlang = {"ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": ADDRESS}
        return {"PATH": path, "HOME": str(self.directory), "LANG": "C.UTF-8", **erlang}

    def spawn(self, name: str, command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own, with its output in <name>.log."""
        environment = {**self.environment(), **variables}
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
            )


class RabbitMQNode:
    """One node of a PrivateRabbitMQ.

    Attributes:
        name: str, Erlang's name of the node.
        port: int, of AMQP, on 127.0.0.1.
        process: the Erlang machine itself, or None before the first start.
    """

    def __init__(self, broker: PrivateRabbitMQ, name: str, port: int, dist_port: int) -> None:
        self.broker, self.name, self.port, self.dist_port = broker, name, port, dist_port
        self.directory = broker.directory / name.partition("@")[0]
        self.process: subprocess.Popen[bytes] | None = None
        self.frozen = False

    def start(self) -> None:
        """Start the node unless it runs, and wait until it serves AMQP.  What it knew before is still there.

        Raises:
            RabbitMQError: it ended, or does not serve within START_SECONDS.
        """
        if not _alive(self.process):
            self._configure()
            self.process = self.broker.spawn(self._log(), [str(PROGRAMS / "rabbitmq-server")], self._variables())
            self.frozen = False
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not _alive(self.process) or time.monotonic() > deadline:
                raise RabbitMQError(f"{self.name} does not serve:\n{self.log()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut the node down in order: clients are told, queues are saved."""
        self.thaw()
        if self.process is not None and _alive(self.process):
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the node: the kernel closes its sockets, RabbitMQ says nothing."""
        if self.process is not None:
            _kill_group(self.process)
        self.frozen = False

    def freeze(self) -> None:
        """SIGSTOP the node: its sockets stay open, and nothing answers."""
        assert self.process is not None and _alive(self.process), f"{self.name} does not run"
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        """SIGCONT the node, if it is frozen."""
        if self.frozen and self.process is not None and _alive(self.process):
            os.killpg(self.process.pid, signal.SIGCONT)
        self.frozen = False

    def answers(self) -> bool:
        """Whether the node runs, is not frozen, and takes connections of AMQP."""
        if self.frozen or not _alive(self.process):
            return False
        with contextlib.closing(socket.socket()) as probe:
            probe.settimeout(1)
            return probe.connect_ex((ADDRESS, self.port)) == 0

    def ctl(self, *arguments: str, timeout: int = 30) -> str:
        """Run rabbitmqctl against this node; it takes a second or two.

        Args:
            arguments: of rabbitmqctl.
            timeout: seconds, after which rabbitmqctl gives up.

        Returns:
            str: what it printed.

        Raises:
            RabbitMQError: it failed.
        """
        command = [str(PROGRAMS / "rabbitmqctl"), "--quiet", "--node", self.name, "--timeout", str(timeout), *arguments]
        environment = {**self.broker.environment(), **self._variables()}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise RabbitMQError(f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def table(self, command: str, *arguments: str) -> list[dict[str, Any]]:
        """What a listing command of rabbitmqctl prints: a dict a row, column -> value."""
        return json.loads(self.ctl(command, *arguments, "--formatter", "json"))

    def queues(self, *columns: str, vhost: str = "/") -> dict[str, dict[str, Any]]:
        """All queues of a virtual host by name.

        Args:
            vhost: the virtual host.
            columns: those of C(rabbitmqctl list_queues) beside name, by default QUEUE_COLUMNS, which has the number
                of consumers and, as owner_pid, the connection to which an exclusive queue belongs.
        """
        rows = self.table("list_queues", "--vhost", vhost, *dict.fromkeys(("name", *(columns or QUEUE_COLUMNS))))
        return {row["name"]: row for row in rows}

    def consumers(self, vhost: str = "/") -> list[dict[str, Any]]:
        """A dict a consumer of a virtual host, with CONSUMER_COLUMNS."""
        return self.table("list_consumers", "--vhost", vhost, *CONSUMER_COLUMNS)

    def connections(self) -> list[dict[str, Any]]:
        """A dict a connection, with CONNECTION_COLUMNS; client_properties is a dict, nested tables too."""
        rows = self.table("list_connections", *CONNECTION_COLUMNS)
        return [{**row, "client_properties": _amqp_table(row.get("client_properties") or [])} for row in rows]

    def close_connection(self, pid: str, reason: str = "closed by a test") -> None:
        """Close a client's connection, as an operator does; pid is that of connections()."""
        self.ctl("close_connection", pid, reason)

    def log(self) -> str:
        """The end of what the node printed."""
        path = self.broker.directory / f"{self._log()}.log"
        return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else ""

    def _log(self) -> str:
        return self.name.partition("@")[0]

    def _configure(self) -> None:
        self.directory.mkdir(exist_ok=True)
        (self.directory / "enabled_plugins").write_text("[].\n", encoding="utf-8")
        lines = [
            "loopback_users = none",
            f"default_user = {USER}",
            f"default_pass = {PASSWORD}",
            f"listeners.tcp.1 = {ADDRESS}:{self.port}",
            # The machine's disk may be nearly full, as other tests fill disks; that must not block publishers.
            "disk_free_limit.absolute = 1MB",
            "log.console = true",
            "log.file = false",
        ]
        if len(self.broker.nodes) > 1:
            lines.append("cluster_formation.peer_discovery_backend = classic_config")
            lines += [f"cluster_formation.classic_config.nodes.{i} = {n.name}" for i, n in enumerate(self.broker.nodes)]
        text = "\n".join([*lines, self.broker.config, ""])
        (self.directory / "rabbitmq.conf").write_text(text, encoding="utf-8")

    def _variables(self) -> dict[str, str]:
        own = {name: str(self.directory / name.lower()) for name in ("MNESIA_BASE", "LOG_BASE", "ENABLED_PLUGINS_FILE")}
        own.update(CONFIG_FILE=str(self.directory / "rabbitmq"), CONF_ENV_FILE="/dev/null")
        own.update(NODENAME=self.name, DIST_PORT=str(self.dist_port), SERVER_ADDITIONAL_ERL_ARGS=ERLANG)
        # With this the script becomes the Erlang machine, instead of its parent, so that signals reach it.
        return {"RUNNING_UNDER_SYSTEMD": "true", **{f"RABBITMQ_{name}": value for name, value in own.items()}}


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _number in range(count)]
        for one in sockets:
            one.bind((ADDRESS, 0))
        return [one.getsockname()[1] for one in sockets]


def _amqp_table(rows: Any) -> Any:
    """A table of AMQP as rabbitmqctl prints it, [name, type, value] a row, as a dict."""
    if isinstance(rows, dict):
        return rows
    return {name: _amqp_table(value) if kind == "table" else value for name, kind, value in rows}


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o400)


def _alive(process: subprocess.Popen[bytes] | None) -> bool:
    return process is not None and process.poll() is None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and those that it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
