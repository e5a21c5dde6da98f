# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry of one tiny image, as far as a pull asks it (OCI Distribution Specification, Docker Image Manifest V2)."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import tarfile
import threading

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def _digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _layer():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("note"), io.BytesIO())
    return stream.getvalue()


class Registry(http.server.ThreadingHTTPServer):
    """Serves nova:1. With broken set, its layer is not what the manifest says; with closed, it asks for a login."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.broken = self.closed = False
        layer = _layer()
        packed = gzip.compress(layer, mtime=0)
        config = json.dumps(
            dict(architecture="amd64", os="linux", config={}, rootfs=dict(type="layers", diff_ids=[_digest(layer)]))
        ).encode()
        described = [
            dict(mediaType=kind, size=len(content), digest=_digest(content))
            for kind, content in ((CONFIG, config), (LAYER, packed))
        ]
        self.manifest = json.dumps(
            dict(schemaVersion=2, mediaType=MANIFEST, config=described[0], layers=described[1:])
        ).encode()
        self.digest = _digest(self.manifest)
        self.layer = _digest(packed)
        self.content = {
            "/v2/": b"{}",
            "/v2/nova/manifests/1": self.manifest,
            f"/v2/nova/manifests/{self.digest}": self.manifest,
            f"/v2/nova/blobs/{_digest(config)}": config,
            f"/v2/nova/blobs/{self.layer}": packed,
        }
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def repository(self):
        return f"127.0.0.1:{self.server_port}/nova"

    def end(self):
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        content = self.server.content.get(self.path)
        if self.server.closed:
            self._answer(401, b'{"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}')
        elif content is None:
            self._answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
        else:
            broken = self.server.broken and self.path.endswith(self.server.layer)
            self._answer(200, b"x" * len(content) if broken else content)

    do_HEAD = do_GET

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header(
            "Content-Type", MANIFEST if "/manifests/" in self.path and status == 200 else "application/json"
        )
        self.send_header("Content-Length", str(len(body)))
        if "/manifests/" in self.path:
            self.send_header("Docker-Content-Digest", self.server.digest)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
