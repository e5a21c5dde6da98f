# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve simulated XenServers over TLS, each on an address of its own, all in this process.

usage: xenserver.py CONFIGURATION

The file CONFIGURATION (JSON) holds:

    directory        where ca.pem and key.pem are made, and faults.json is looked for
    username         the one account that may log in
    password         its password
    session_seconds  how long an unused session is kept
    network          the first three parts of their addresses; the last is their number
    pools            list of int, the number of hosts of each pool; the first of each is its master

faults.json, which may change at any time, is a dict, address to

    stopped  true: nothing listens there, as while a XenServer restarts; its sessions are gone afterwards
    fail     dict, a method or "host.call_plugin PLUGIN" to the ErrorDescription that it fails with
    answer   the same, to the Value that it answers
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import json
import socket
import ssl
import sys
import threading
import time
import xmlrpc.client
from pathlib import Path

from os_xenapi.client import XenAPI
from xenserver_certificate import ensure_certificate
from xenserver_pool import Pool

PORT = 443
PAUSE = 0.2


class Host:
    """One XenServer: listens on its address, or does not."""

    def __init__(self, name, address, pool, faults, tls):
        """faults: function that returns the dict of this address; tls: ssl.SSLContext."""
        self.name, self.address, self.pool, self.faults, self.tls = name, address, pool, faults, tls
        self.listener = None

    def follow(self):
        """Listen, unless it is to be stopped."""
        stopped = self.faults().get("stopped", False)
        if stopped and self.listener:
            self.listener.stop()
            self.listener = None
            if self.address == self.pool.master:
                self.pool.forget_sessions()
            self.note("stopped")
        elif not stopped and not self.listener:
            self.listener = Listener(self)
            threading.Thread(target=self.listener.serve_forever, daemon=True).start()
            self.note("listens")

    def answer(self, method, params):
        """The Value of a call. Raises XenAPI.Failure."""
        call = f"{method} {params[2]}" if method == "host.call_plugin" else method
        faults = self.faults()
        if call in faults.get("fail", {}):
            raise XenAPI.Failure(faults["fail"][call])
        if call in faults.get("answer", {}):
            return faults["answer"][call]
        try:
            value = self.pool.answer(self.address, method, params)
        except XenAPI.Failure as failure:
            self.note(f"{call} fails: {failure.details[0]}")
            raise
        if method == "session.login_with_password":
            self.note(f"login by {params[3] if len(params) > 3 else 'nobody'}")
        return value

    def note(self, what):
        print(f"{self.name} {self.address} {what}", flush=True)


class Listener(http.server.ThreadingHTTPServer):
    """Speaks TLS, whose handshakes are made in the threads of the connections, and can end these."""

    daemon_threads = True

    def __init__(self, host):
        self.connections = set()
        super().__init__((host.address, PORT), _handler(host))
        self.socket = host.tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def get_request(self):
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """A client that does not trust the certificate hangs up. This is not logged."""

    def stop(self):
        self.shutdown()
        self.server_close()
        for connection in tuple(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _handler(host):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            params, method = xmlrpc.client.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = {"Status": "Success", "Value": host.answer(method, list(params))}
            except XenAPI.Failure as failure:
                answer = {"Status": "Failure", "ErrorDescription": [str(one) for one in failure.details]}
            except Exception as error:  # xapi too reports its own mistakes to the client
                answer = {"Status": "Failure", "ErrorDescription": ["INTERNAL_ERROR", repr(error)]}
            self.reply("text/xml", xmlrpc.client.dumps((answer,), methodresponse=True).encode())

        def do_GET(self):
            self.reply("text/plain", f"{host.name}\n".encode())

        def reply(self, kind, body):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def members(sizes, network):
    """Name and address of each host of each pool, counted through."""
    numbers = itertools.count(1)
    return [
        [
            {"name": f"xenserver-{number:03}", "address": f"{network}.{number}"}
            for number in itertools.islice(numbers, size)
        ]
        for size in sizes
    ]


def faults_of(path, address):
    """Function that reads what is wrong at an address; while the file is being written, nothing is."""

    def read():
        try:
            return json.loads(path.read_text(encoding="utf-8")).get(address, {})
        except (OSError, ValueError):
            return {}

    return read


def main():
    configuration = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    directory = Path(configuration["directory"])
    pools = members(configuration["pools"], configuration["network"])
    addresses = [host["address"] for hosts in pools for host in hosts]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*ensure_certificate(directory, addresses))
    account = [configuration[name] for name in ("username", "password", "session_seconds")]
    hosts, staging = [], {}
    for one in pools:
        pool = Pool(one, staging, *account)
        hosts += [
            Host(**host, pool=pool, faults=faults_of(directory / "faults.json", host["address"]), tls=tls)
            for host in one
        ]
    while True:
        for host in hosts:
            host.follow()
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
