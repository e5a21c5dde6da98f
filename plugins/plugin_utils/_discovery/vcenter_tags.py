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
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

SESSION = "vmware-api-session-id"
# What an answer with other keys or types than these raises where it is read.
WRONG_SHAPE = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Generation:
    """Where a generation of the vSphere Automation API has sessions and tags.

    Attributes:
        session: path of sessions.
        tag: path of a tag, up to its id.
        attached: path of the tags of some objects.
        wrapped: whether each answer is in the key value of a dict.
    """

    session: str
    tag: str
    attached: str
    wrapped: bool


# vCenter 7.0 U2 and newer.
API = Generation(
    session="/api/session",
    tag="/api/cis/tagging/tag/",
    attached="/api/cis/tagging/tag-association?action=list-attached-tags-on-objects",
    wrapped=False,
)
# vCenter 6.5 and newer. Deprecated since 7.0 U2.
REST = Generation(
    session="/rest/com/vmware/cis/session",
    tag="/rest/com/vmware/cis/tagging/tag/id:",
    attached="/rest/com/vmware/cis/tagging/tag-association?~action=list-attached-tags-on-objects",
    wrapped=True,
)


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
            names = {ident: api.name(ident) for ident in sorted(set().union(*ids.values()))}
        finally:
            api.log_out()
    return [
        dict(cluster, tags=sorted({names[ident] for ident in ids.get(cluster["moid"], ())})) for cluster in clusters
    ]


def _attached(api: _TagsApi, moids: list[str]) -> dict[str, list[str]]:
    """Managed object id -> ids of its tags, in one request. An object without tags is missing, or has null."""
    objects = [dict(id=moid, type="ClusterComputeResource") for moid in moids]
    return {entry["object_id"]["id"]: entry["tag_ids"] or [] for entry in api.attached(objects)}


@contextlib.contextmanager
def _told(endpoint: Endpoint) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise endpoint.unreachable(error) from error
    except (_TagsRefused, http.client.HTTPException, *WRONG_SHAPE) as error:
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
        self.generation = API
        self.connection = http.client.HTTPSConnection(
            endpoint.address, endpoint.port, timeout=endpoint.timeout, context=endpoint.context()
        )

    def log_in(self) -> None:
        """Open a session, in the newest generation that the vCenter has.

        A second attempt cannot lock the account: the vCenter has accepted it before, to list the clusters.
        """
        try:
            self._open_session()
        except _TagsRefused as newer:
            self.generation = REST
            try:
                self._open_session()
            except _TagsRefused as error:
                raise _TagsRefused(f"{newer}; {error}") from error

    def log_out(self) -> None:
        # A session that remains open ends by itself. An error here must not hide why the tags could not be read.
        with contextlib.suppress(_TagsRefused, http.client.HTTPException, OSError, *WRONG_SHAPE):
            self._ask("DELETE", self.generation.session)

    def name(self, ident: str) -> str:
        """The name of a tag."""
        name = self._ask("GET", self.generation.tag + ident)["name"]
        if not isinstance(name, str):
            raise _TagsRefused(f"GET {self.generation.tag}{ident} is answered without a name")
        return name

    def attached(self, objects: list[dict[str, str]]) -> list[dict[str, Any]]:
        """The ids of the tags of objects."""
        found = self._ask("POST", self.generation.attached, dict(object_ids=objects))
        if not isinstance(found, list):
            # An empty dict would read as "no cluster has a tag".
            raise _TagsRefused(f"POST {self.generation.attached.partition('?')[0]} is not answered with a list")
        return found

    def close(self) -> None:
        self.connection.close()

    def _open_session(self) -> None:
        account = f"{self.endpoint.username}:{self.endpoint.password}".encode()
        basic = {"Authorization": "Basic " + base64.b64encode(account).decode("ascii")}
        session = self._ask("POST", self.generation.session, headers=basic)
        if not isinstance(session, str):
            raise _TagsRefused(f"POST {self.generation.session} is not answered with a session")
        self.headers[SESSION] = session

    def _ask(
        self, method: str, path: str, content: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        body = None if content is None else json.dumps(content)
        self.connection.request(method, path, body, {**self.headers, **(headers or {})})
        answer = self.connection.getresponse()
        text, asked = answer.read(), f"{method} {path.partition('?')[0]}"
        if answer.status not in (http.client.OK, http.client.CREATED, http.client.NO_CONTENT):
            raise _TagsRefused(f"{asked} is answered with {answer.status} {answer.reason}")
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            raise _TagsRefused(f"{asked} is not answered in JSON") from error
        return found["value"] if self.generation.wrapped else found
