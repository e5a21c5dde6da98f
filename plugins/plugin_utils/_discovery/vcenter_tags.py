# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the vSphere tags of a vCenter's clusters. Only its REST API has them."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

# vSphere Automation API: com.vmware.cis.session and com.vmware.cis.tagging, of vCenter 6.5 and newer.
API = "/rest/com/vmware/cis"
SESSION = "vmware-api-session-id"


def tagged(endpoint: Endpoint, clusters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add tags to clusters.

    Args:
        endpoint: Endpoint with its account in the clear.
        clusters: list of dict, each with moid.

    Returns:
        list of dict with the further key tags: sorted list of str, names without their categories.

    Raises:
        DiscoveryError: the vCenter does not return the tags.
    """
    with contextlib.closing(_TagsApi(endpoint)) as api, _told(endpoint):
        api.log_in()
        try:
            ids = _attached(api, [cluster["moid"] for cluster in clusters])
            names = {ident: api.get(f"/tagging/tag/id:{ident}")["name"] for ident in sorted(set().union(*ids.values()))}
        finally:
            api.log_out()
    return [
        dict(cluster, tags=sorted({names[ident] for ident in ids.get(cluster["moid"], ())})) for cluster in clusters
    ]


def _attached(api: _TagsApi, moids: list[str]) -> dict[str, list[str]]:
    """Managed object id -> ids of its tags, in one request. An object without tags is missing, or has null."""
    objects = [dict(id=moid, type="ClusterComputeResource") for moid in moids]
    answer = api.post("/tagging/tag-association?~action=list-attached-tags-on-objects", dict(object_ids=objects))
    return {entry["object_id"]["id"]: entry["tag_ids"] or [] for entry in answer}


@contextlib.contextmanager
def _told(endpoint: Endpoint) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise endpoint.unreachable(error) from error
    except (_TagsRefused, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise DiscoveryError(
            f"{endpoint.option}: {endpoint.address} does not return its tags: {str(error) or type(error).__name__}. "
            "Let the account read them, or leave out tags and with_tags."
        ) from error


class _TagsRefused(Exception):
    """Explain a wrong answer."""


class _TagsApi:
    """One connection to the REST API of a vCenter."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint, self.headers = endpoint, {"Content-Type": "application/json"}
        self.connection = http.client.HTTPSConnection(
            endpoint.address, endpoint.port, timeout=endpoint.timeout, context=endpoint.context()
        )

    def log_in(self) -> None:
        account = f"{self.endpoint.username}:{self.endpoint.password}".encode()
        basic = {"Authorization": "Basic " + base64.b64encode(account).decode("ascii")}
        self.headers[SESSION] = self._ask("POST", "/session", headers=basic)

    def log_out(self) -> None:
        # A session that remains open ends by itself. An error here must not hide why the tags could not be read.
        with contextlib.suppress(_TagsRefused, http.client.HTTPException, OSError, ValueError, KeyError):
            self._ask("DELETE", "/session")

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, content: dict[str, Any]) -> Any:
        return self._ask("POST", path, content)

    def close(self) -> None:
        self.connection.close()

    def _ask(
        self, method: str, path: str, content: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        body = None if content is None else json.dumps(content)
        self.connection.request(method, API + path, body, {**self.headers, **(headers or {})})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != http.client.OK:
            asked = f"{method} {API}{path.partition('?')[0]}"
            raise _TagsRefused(f"{asked} is answered with {answer.status} {answer.reason}")
        return json.loads(text)["value"] if text else None
