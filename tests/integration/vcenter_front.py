# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter that has its tags under /api and no /rest, made of the simulator, which has them under /rest only.

The paths and answers are those of the vSphere Automation API of vCenter 7.0 U2.
"""

from __future__ import annotations

import dataclasses
import http.client
import http.server
import json
import re
import ssl
import threading

PATHS = (
    (r"/api/session", r"/rest/com/vmware/cis/session"),
    (r"/api/cis/tagging/tag-association[?](action=.*)", r"/rest/com/vmware/cis/tagging/tag-association?~\1"),
    (r"/api/cis/tagging/tag/(.*)", r"/rest/com/vmware/cis/tagging/tag/id:\1"),
)
CREATED = re.compile(r"POST /api/session$")
# They are about one connection, and this server has two.
HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


class Front(http.server.ThreadingHTTPServer):
    """Answers as the simulator does, at a port of its own, with the simulator's certificate.

    Attributes:
        simulator: what a test asks instead of the simulator behind it.
        asked: method and path of each request that is not for /sdk.
    """

    daemon_threads = True

    def __init__(self, behind):
        """behind: vcenter_simulator.Simulator."""
        super().__init__((behind.address, 0), _Handler)
        self.behind, self.asked = behind, []
        self.simulator = dataclasses.replace(behind, port=self.server_port)
        directory = behind.ca_file.parent
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(directory / "server.pem", directory / "server.key")
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        """Stop listening."""
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        """Write nothing."""

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.startswith("/sdk"):
            self.server.asked.append(f"{self.command} {self.path}")
        path = self._path()
        if path is None:
            self._answer(404, b'{"error_type": "NOT_FOUND"}', {})
            return
        status, text, headers = self._ask(path, body)
        if self.path.startswith("/api") and status == 200:
            value = json.loads(text)["value"] if text else None
            text = b"" if value is None else json.dumps(value).encode()
            status = 201 if CREATED.match(f"{self.command} {self.path}") else 200 if text else 204
        self._answer(status, text, headers)

    do_GET = do_POST = do_DELETE = _serve

    def _path(self):
        """The simulator's path, or None."""
        if self.path.startswith("/sdk"):
            return self.path
        for newer, older in PATHS:
            if re.fullmatch(newer, self.path):
                return re.sub(newer, older, self.path)
        return None

    def _ask(self, path, body):
        behind = self.server.behind
        tls = ssl.create_default_context(cafile=behind.ca_file)
        connection = http.client.HTTPSConnection(behind.address, behind.port, context=tls)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request(self.command, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def _answer(self, status, text, headers):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
