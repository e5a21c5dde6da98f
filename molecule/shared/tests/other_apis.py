# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova asks of neutron and glance to start and move instances without networks: nothing, and any image."""

from __future__ import annotations

import http.server
import json
import threading

# As molecule/default/hosts.yml tells nova.
ADDRESS = ("127.0.0.1", 18080)
IMAGE = dict(
    name="any", status="active", visibility="public", container_format="bare", disk_format="raw", size=1, min_ram=0,
    min_disk=0, owner="somebody", protected=False, tags=[], created_at="2026-01-01T00:00:00Z",
    updated_at="2026-01-01T00:00:00Z",
)  # fmt: skip


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every question about networks with an empty list, and knows every image."""

    def do_GET(self):
        last = self.path.partition("?")[0].rstrip("/").rpartition("/")[2].removesuffix(".json")
        if "/schemas/" in self.path:
            answer = {"name": last, "properties": {name: {} for name in ("id", *IMAGE)}}
        elif "/images/" in self.path:
            answer = dict(IMAGE, id=last)
        else:
            answer = {last.replace("-", "_"): []}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments):
        pass


def serve():
    """Start to answer; returns the server, to be shut down."""
    server = http.server.ThreadingHTTPServer(ADDRESS, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
