# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network namespace that stands for a Docker host's network, and its links to this machine, which the tests cut.

A link carries what connects to a port of 127.0.0.1 in the namespace to the same port of this machine.  While it is cut,
nothing passes and nobody is told, as with an unplugged cable: data waits, and connections neither end nor begin.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import threading
from pathlib import Path

LOOPBACK = "127.0.0.1"
CHUNK = 65536
CLONE_NEWNET = 0x40000000


class Namespace:
    """One network namespace; run(command) is what starts a program in it."""

    def __init__(self, name: str, ports: list[int]) -> None:
        """name: of the namespace; ports: of this machine that are reached from it."""
        self.name, self.path = name, Path("/run/netns", name)
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        self.links = {port: Link(self._listen(port), port) for port in ports}

    def run(self, command: list) -> list[str]:
        """The command that runs another one in this namespace."""
        return ["nsenter", f"--net={self.path}", *map(str, command)]

    def cut(self, *ports: int) -> None:
        """Cut the links to some ports, or all."""
        for port in ports or self.links:
            self.links[port].cut()

    def heal(self) -> None:
        for link in self.links.values():
            link.heal()

    def sources(self, port: int) -> set[int]:
        """The ports of this machine from which the connections to a port were made, as its server sees them."""
        return set(self.links[port].sources)

    def close(self) -> None:
        for link in self.links.values():
            link.close()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def _listen(self, port: int) -> socket.socket:
        """A socket that listens in the namespace; a socket stays where its thread was when it was made."""
        made: list[socket.socket] = []

        def listen() -> None:
            with self.path.open("rb") as namespace:
                _setns(namespace.fileno())
            made.append(socket.create_server((LOOPBACK, port), backlog=512))

        thread = threading.Thread(target=listen)
        thread.start()
        thread.join()
        return made[0]


def _setns(descriptor: int) -> None:
    """setns(2) of this thread; os.setns came with Python 3.12."""
    import ctypes  # noqa: PLC0415

    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Link(threading.Thread):
    """Carries connections from a listening socket to a port of this machine."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        super().__init__(daemon=True)
        self.listening, self.port = listening, port
        self.peers: dict[socket.socket, socket.socket] = {}
        self.sources: list[int] = []
        self.open, self.over = threading.Event(), threading.Event()
        self.open.set()
        self.start()

    def cut(self) -> None:
        self.open.clear()

    def heal(self) -> None:
        self.open.set()

    def close(self) -> None:
        self.over.set()
        self.open.set()
        self.join()

    def run(self) -> None:
        while not self.over.is_set():
            self.open.wait()
            ready, _write, _error = select.select([self.listening, *self.peers], [], [], 0.1)
            for one in ready:
                if one is self.listening:
                    self._accept()
                elif one in self.peers:
                    self._carry(one)
        for one in (self.listening, *self.peers):
            one.close()

    def _accept(self) -> None:
        client, _address = self.listening.accept()
        try:
            server = socket.create_connection((LOOPBACK, self.port), 5)
        except OSError:
            client.close()
            return
        self.sources.append(server.getsockname()[1])
        self.peers.update({client: server, server: client})

    def _carry(self, one: socket.socket) -> None:
        try:
            data = one.recv(CHUNK)
            if data:
                self.peers[one].sendall(data)
                return
        except OSError:
            pass
        other = self.peers.pop(one)
        self.peers.pop(other, None)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.close()


def of_process(pid: int) -> str:
    """Name of the network namespace of a process, as the kernel has it."""
    return os.readlink(f"/proc/{pid}/ns/net")
