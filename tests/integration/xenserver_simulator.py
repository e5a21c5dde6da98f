# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated XenServers: XML-RPC over TLS on loopback addresses, with the calls that nova makes when it starts.

Answers have the shapes of the XenAPI documentation: a struct with Status and Value, or ErrorDescription.
"""

from __future__ import annotations

import http.server
import pickle
import ssl
import threading
import uuid
import xmlrpc.client
from dataclasses import dataclass, field

USERNAME, PASSWORD = "root", "correct-horse-xenserver"
NULL = "OpaqueRef:NULL"


class Failure(Exception):
    """An ErrorDescription."""


@dataclass
class XenServer:
    """One host, alone in its pool unless it has a master.

    Attributes:
        address: loopback address that it listens on.
        master: address of its pool's master, which is not itself.
        members: addresses of the slaves of its pool.
        plugins: those in its dom0.
        version: of the plugins.
        storage: type of its storage repository, "" for none.
        default: whether that is the pool's default.
        plugged: whether it is plugged.
        tags: other_config of the storage repository.
    """

    address: str
    master: str = ""
    members: tuple = ()
    plugins: tuple = ("dom0_plugin_version.py", "xenhost.py")
    version: str = "2.1"
    storage: str = "ext"
    default: bool = True
    plugged: bool = True
    tags: dict = field(default_factory=dict)

    def __post_init__(self):
        self.uuid, self.sessions, self.called = str(uuid.uuid4()), set(), []

    def answer(self, method, params):
        """The Value of a call.

        Raises:
            Failure
        """
        self.called.append(method)
        if method == "session.login_with_password":
            return self._login(*params)
        if params[0] not in self.sessions:
            raise Failure("SESSION_INVALID", params[0])
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            raise Failure("MESSAGE_METHOD_UNKNOWN", method)
        return handler(*params)

    def _login(self, username, password, _version, _originator):
        if self.master:
            raise Failure("HOST_IS_SLAVE", self.master)
        if (username, password) != (USERNAME, PASSWORD):
            raise Failure("SESSION_AUTHENTICATION_FAILED", username, "Authentication failure")
        session = f"OpaqueRef:{uuid.uuid4()}"
        self.sessions.add(session)
        return session

    def _session_logout(self, session):
        self.sessions.remove(session)
        return ""

    def _session_get_this_host(self, _session, _same):
        return f"OpaqueRef:host-{self.address}"

    def _host_get_uuid(self, _session, host):
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, host))

    def _PIF_get_all_records_where(self, _session, expression):
        address = expression.partition("=")[2].strip('"')
        known = address in (self.address, *self.members)
        return {f"OpaqueRef:pif-{address}": {"IP": address, "host": f"OpaqueRef:host-{address}"}} if known else {}

    def _host_call_plugin(self, _session, _host, plugin, function, arguments):
        if plugin not in self.plugins:
            raise Failure("XENAPI_MISSING_PLUGIN", plugin)
        if function == "host_data":
            return '{"host_hostname": "simulated"}'
        assert pickle.loads(arguments["params"].encode("latin-1")) == {"args": (), "kwargs": {}}
        return pickle.dumps(self.version, 0).decode("latin-1")

    def _pool_get_all(self, _session):
        return ["OpaqueRef:pool"]

    def _pool_get_default_SR(self, _session, _pool):
        return "OpaqueRef:sr" if self.storage and self.default else NULL

    def _SR_get_record(self, _session, reference):
        return self._SR_get_all_records(_session)[reference]

    def _SR_get_all_records(self, _session):
        record = dict(name_label="Local storage", type=self.storage, PBDs=self._plugs(), other_config=self.tags)
        return {"OpaqueRef:sr": record} if self.storage else {}

    def _plugs(self):
        return [f"OpaqueRef:pbd-{address}" for address in (self.address, *self.members)]

    def _PBD_get_record(self, session, reference):
        return dict(host=self._PBD_get_host(session, reference), currently_attached=self.plugged)

    def _PBD_get_host(self, _session, reference):
        return reference.replace("pbd-", "host-")


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Who does not trust a certificate hangs up, and that is no news."""


class Servers:
    """XenServers that run as threads of this process."""

    def __init__(self):
        self.running = []

    def start(self, xenserver, certificate):
        """certificate: path of a file with certificate and key, or None for a XenServer without TLS."""
        server = _Server((xenserver.address, 443 if certificate else 80), _handler(xenserver))
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.running.append(server)
        return xenserver

    def stop(self):
        for server in self.running:
            server.shutdown()
            server.server_close()


def _handler(xenserver):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.rstrip("/") not in ("", "/RPC2"):
                self.send_error(404)
                return
            params, method = xmlrpc.client.loads(body)
            try:
                answer = dict(Status="Success", Value=xenserver.answer(method, params))
            except Failure as failure:
                answer = dict(Status="Failure", ErrorDescription=list(failure.args))
            body = xmlrpc.client.dumps((answer,), methodresponse=True).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
