# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How dom0 takes images from Glance and puts them there, with the token of the nova-compute that asks for it."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
import urllib.request

from empty_vhd import disks_in, packed

SECONDS = 90
PATCH = "application/openstack-images-v2.1-json-patch"


class TransferError(Exception):
    """Glance did not answer as it should. nova tries again."""


class Hashed:
    """A stream that knows the MD5 of what was read from it."""

    def __init__(self, stream):
        self.stream, self.md5 = stream, hashlib.md5(usedforsecurity=False)

    def read(self, size=-1):
        chunk = self.stream.read(size)
        self.md5.update(chunk)
        return chunk


def download(endpoint, image, headers):
    """List of (capacity, used size) in bytes, of the disks of an image, the disk itself first."""
    request = urllib.request.Request(f"{_url(endpoint, image)}/file", headers=_sent(headers))
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            stream = Hashed(response)
            disks = disks_in(stream)
            # The archive's reader stops at the end of the archive, which may be before that of the file.
            while stream.read(1 << 20):
                pass
            expected = response.headers.get("Content-MD5")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise TransferError(f"image {image}: {error}") from error
    if expected and expected != stream.md5.hexdigest():
        raise TransferError(f"image {image}: MD5 {stream.md5.hexdigest()} in place of {expected}")
    return disks


def upload(endpoint, image, headers, properties, capacities):
    """Put disks with these capacities in bytes into an image that is queued, the disk itself first."""
    formats = {"container_format": "ovf", "disk_format": "vhd", "visibility": "private"}
    values = dict(formats, **{name.replace("_", "-"): str(value) for name, value in properties.items()})
    changes = [{"path": f"/{name}", "value": value, "op": "add"} for name, value in values.items()]
    _send("PATCH", _url(endpoint, image), headers, PATCH, json.dumps(changes).encode())
    _send("PUT", f"{_url(endpoint, image)}/file", headers, "application/octet-stream", packed(capacities))


def _send(method, url, headers, kind, body):
    request = urllib.request.Request(url, body, dict(_sent(headers), **{"Content-Type": kind}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            pass
    except urllib.error.HTTPError as error:
        raise TransferError(f"{method} {url}: {error}: {error.read(1000).decode(errors='replace')}") from error
    except OSError as error:
        raise TransferError(f"{method} {url}: {error}") from error


def _url(endpoint, image):
    return f"{endpoint.rstrip('/')}/v2/images/{image}"


def _sent(headers):
    return {name: value for name, value in headers.items() if value is not None}
