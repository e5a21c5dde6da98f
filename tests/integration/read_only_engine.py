# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker engine of which only what reads is there: whoever would change anything on it is found out."""

from __future__ import annotations

import http.server
import json
import re
import socketserver
import threading

VERSION = {"Version": "24.0.0", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"}


class ReadOnlyEngine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Without containers, with every image that is asked for. changes holds all that was to be changed."""

    daemon_threads = True

    def __init__(self, path):
        self.changes, self.path = [], str(path)
        super().__init__(self.path, _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"unix://{self.path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def address_string(self):
        return "unix"

    def do_GET(self):
        path = re.sub(r"^/v[0-9.]+|\?.*$", "", self.path)
        known = {"/version": VERSION, "/info": {"Driver": "overlay2"}, "/containers/json": [], "/_ping": "OK"}
        if path.startswith("/images/"):
            known[path] = [] if path.endswith("/images/json") else {"Id": "sha256:1", "RepoTags": []}
        self._answer(200 if path in known else 404, known.get(path, {"message": f"no {path} here"}))

    def do_POST(self):
        # An image is read in a container that is never started and not left.
        if "novafleet-read-" in self.path:
            self._answer(404, {"message": "no image can be read here"})
            return
        self.server.changes.append(self.path)
        self._answer(500, {"message": "read only"})

    do_DELETE = do_PUT = do_POST

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
