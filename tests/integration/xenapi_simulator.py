# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool of XenServers, as far as discovery looks at one: XML-RPC over TLS, in threads of the tests' own.

Needs the program openssl.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from xmlrpc.server import SimpleXMLRPCServer

MASTER, MEMBER, ADDRESSES = "127.0.0.1", "127.0.0.2", "127.0.1."


class Failure(Exception):
    """An answer whose Status is Failure; args are its ErrorDescription."""


class Pool:
    """A pool whose master is at MASTER and one of whose other members is at MEMBER, on one port.

    Attributes:
        port: where both listen.
        ca_file: Path of what verifies both.
        hosts: dict, reference -> record of class host.
        sessions: set, those that are logged in.
    """

    def __init__(self, directory, name, hostnames, password="secret"):
        """hostnames: of the members, the master's first."""
        self.name, self.password, self.sessions, self.servers = name, password, set(), []
        self.hosts = {f"OpaqueRef:{index}": _host(index, one) for index, one in enumerate(hostnames, 1)}
        self.ca_file = directory / "ca.pem"
        context = _context(directory)
        self.port = _free_port()
        for address in (MASTER, MEMBER):
            server = SimpleXMLRPCServer((address, self.port), logRequests=False, allow_none=False)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.register_instance(_Member(self, master=address == MASTER))
            threading.Thread(target=server.serve_forever, kwargs=dict(poll_interval=0.05), daemon=True).start()
            self.servers.append(server)

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def login(self, username, password):
        if (username, password) != ("root", self.password):
            raise Failure("SESSION_AUTHENTICATION_FAILED", username, "Authentication failure")
        session = f"OpaqueRef:session{len(self.sessions)}"
        self.sessions.add(session)
        return session

    def records(self, kind):
        if kind == "host":
            return self.hosts
        return {"OpaqueRef:pool": dict(name_label=self.name, master="OpaqueRef:1")}


class _Member:
    """What SimpleXMLRPCServer asks for answers."""

    def __init__(self, pool, master):
        self.pool, self.master = pool, master

    def _dispatch(self, method, params):
        try:
            return dict(Status="Success", Value=self._answer(method, params))
        except Failure as error:
            return dict(Status="Failure", ErrorDescription=list(error.args))

    def _answer(self, method, params):
        if method == "session.login_with_password":
            if not self.master:
                raise Failure("HOST_IS_SLAVE", MASTER)
            return self.pool.login(*params[:2])
        if params[0] not in self.pool.sessions:
            raise Failure("SESSION_INVALID", params[0])
        if method == "session.logout":
            self.pool.sessions.remove(params[0])
            return ""
        kind, _dot, what = method.partition(".")
        if what != "get_all_records":
            raise Failure("MESSAGE_METHOD_UNKNOWN", method)
        return self.pool.records(kind)


def _host(index, hostname):
    version = dict(product_brand="XenServer", product_version="7.1.0")
    return dict(
        uuid=f"00000000-0000-0000-0000-{index:012}",
        hostname=hostname,
        name_label=hostname,
        address=f"{ADDRESSES}{index}",
        enabled=True,
        software_version=version,
        tags=[],
    )


def _context(directory):
    key, certificate = directory / "key.pem", directory / "ca.pem"
    names = f"subjectAltName=IP:{MASTER},IP:{MEMBER}"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=xenserver", "-addext", names, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _free_port():
    with socket.create_server((MASTER, 0)) as listener:
        return listener.getsockname()[1]
