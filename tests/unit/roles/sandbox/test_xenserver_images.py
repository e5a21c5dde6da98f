# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a simulated XenServer takes images from Glance and puts them there; on a stand-in for Glance."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import threading
from pathlib import Path

import pytest

FILES = Path(__file__).parents[4] / "roles" / "sandbox" / "files"
MEGABYTE = 1 << 20
HEADERS = {"X-Auth-Token": "secret", "X-User-Id": None}


@pytest.fixture
def images(monkeypatch):
    monkeypatch.syspath_prepend(str(FILES))
    path = FILES / "xenserver" / "xenserver_images.py"
    specification = importlib.util.spec_from_file_location("sandbox_images", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def glance():
    """The requests that it got, as (method, path, headers, body), and its answers: path to (status, headers, body)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.requests.append((self.command, self.path, dict(self.headers), body))
            status, headers, content = server.answers.get(self.path, (204, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_PATCH = answer

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.answers = [], {}
    server.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_an_image_is_downloaded_with_the_token_of_its_user(images, glance):
    content = images.packed([2 * MEGABYTE, MEGABYTE])
    glance.answers["/v2/images/1/file"] = (200, {"Content-MD5": hashlib.md5(content).hexdigest()}, content)
    assert images.download(glance.url, "1", HEADERS) == [(2 * MEGABYTE, 2560), (MEGABYTE, 2560)]
    ((_method, _path, headers, _body),) = glance.requests
    assert headers["X-Auth-Token"] == "secret" and "X-User-Id" not in headers


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, {}, b""), "404"),
        ((200, {}, b"something else"), "not a compressed tar archive"),
        ((200, {"Content-MD5": "0" * 32}, None), "in place of 0000"),
    ],
)
def test_nova_tries_again_after_a_bad_download(images, glance, answer, problem):
    status, headers, content = answer
    glance.answers["/v2/images/1/file"] = (status, headers, images.packed([MEGABYTE]) if content is None else content)
    with pytest.raises(images.TransferError, match=problem):
        images.download(glance.url, "1", HEADERS)


def test_an_upload_says_what_it_is_and_can_be_downloaded(images, glance):
    images.upload(glance.url, "1", HEADERS, {"os_type": "linux", "auto_disk_config": False}, [3 * MEGABYTE])
    patch, put = glance.requests
    assert patch[:2] == ("PATCH", "/v2/images/1") and put[:2] == ("PUT", "/v2/images/1/file")
    assert {one["path"]: one["value"] for one in json.loads(patch[3])} == {
        "/container_format": "ovf",
        "/disk_format": "vhd",
        "/visibility": "private",
        "/os-type": "linux",
        "/auto-disk-config": "False",
    }
    glance.answers["/v2/images/1/file"] = (200, {}, put[3])
    assert [size for size, _used in images.download(glance.url, "1", HEADERS)] == [3 * MEGABYTE]


def test_a_refused_upload_says_why(images, glance):
    glance.answers["/v2/images/1/file"] = (409, {}, b"the image is not queued")
    with pytest.raises(images.TransferError, match="409.*the image is not queued"):
        images.upload(glance.url, "1", HEADERS, {}, [MEGABYTE])


def test_no_glance_is_told(images):
    with pytest.raises(images.TransferError, match="refused"):
        images.download("http://127.0.0.1:9", "1", HEADERS)
