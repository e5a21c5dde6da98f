# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import vcenter_tags
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

ENDPOINT = Endpoint("vcenters[0]", "vc1", "vc1.example.com", 443, "nova@vsphere.local", "secret", insecure=True)
ACCOUNT = "Basic " + base64.b64encode(b"nova@vsphere.local:secret").decode()
ATTACHED = {"c-1": ["urn:2", "urn:1"], "c-2": ["urn:1"], "c-3": None}
NAMES = {"urn:1": "gold", "urn:2": "silver"}
API = [
    "POST /api/session",
    "POST /api/cis/tagging/tag-association?action=list-attached-tags-on-objects",
    "GET /api/cis/tagging/tag/urn:1",
    "GET /api/cis/tagging/tag/urn:2",
    "DELETE /api/session",
]
REST = [
    "POST /rest/com/vmware/cis/session",
    "POST /rest/com/vmware/cis/tagging/tag-association?~action=list-attached-tags-on-objects",
    "GET /rest/com/vmware/cis/tagging/tag/id:urn:1",
    "GET /rest/com/vmware/cis/tagging/tag/id:urn:2",
    "DELETE /rest/com/vmware/cis/session",
]


@dataclass
class Answer:
    status: int
    text: bytes
    reason: str = "Reason"

    def read(self):
        return self.text


class VCenter:
    """A vCenter's REST API that records the requests, and fails where the test sets it.

    Attributes:
        failing: request -> status or text of its answer.
    """

    def __init__(self, failing=()):
        self.failing, self.asked = dict(failing), []

    def __call__(self, *_address, **_options):
        return self

    def request(self, method, path, body, headers):
        request = f"{method} {path}"
        self.asked.append(request)
        wrong = self.failing.get(request)
        if wrong is not None:
            self.answer = Answer(wrong, b"no") if isinstance(wrong, int) else Answer(200, wrong)
            return
        self.answer = self._answer(request, json.loads(body) if body else None, headers)

    def _answer(self, request, content, headers):
        if request == API[0] or request == REST[0]:
            assert headers["Authorization"] == ACCOUNT
            return self._wrapped(request, 201, "session 1")
        assert headers["vmware-api-session-id"] == "session 1"
        if request.startswith("DELETE"):
            return Answer(204, b"")
        if request.startswith("GET"):
            return self._wrapped(request, 200, {"name": NAMES["urn:" + request[-1]]})
        objects = [one for one in content["object_ids"] if one["id"] in ATTACHED]
        return self._wrapped(request, 200, [{"object_id": one, "tag_ids": ATTACHED[one["id"]]} for one in objects])

    @staticmethod
    def _wrapped(request, status, content):
        return Answer(status, json.dumps({"value": content} if " /rest/" in request else content).encode())

    def getresponse(self):
        return self.answer

    def close(self):
        self.asked.append("close")


@pytest.fixture
def ask(monkeypatch):
    """What the plugin adds to four clusters, and what it asked for that."""

    def asked(failing=()):
        vcenter = VCenter(failing)
        monkeypatch.setattr(vcenter_tags.http.client, "HTTPSConnection", vcenter)
        clusters = [{"moid": moid} for moid in ("c-1", "c-2", "c-3", "c-4")]
        try:
            return [cluster["tags"] for cluster in vcenter_tags.tagged(ENDPOINT, clusters)], vcenter.asked
        except DiscoveryError as error:
            return str(error), vcenter.asked

    return asked


def test_a_name_is_asked_once_and_an_untagged_cluster_has_none(ask):
    assert ask() == ([["gold", "silver"], ["gold"], [], []], [*API, "close"])


@pytest.mark.parametrize("answer", [404, 403, 405, 503, b"<html>", b'{"error": 1}'])
def test_a_vcenter_without_the_new_api_is_asked_in_the_old_one(ask, answer):
    assert ask({API[0]: answer}) == ([["gold", "silver"], ["gold"], [], []], [API[0], *REST, "close"])


@pytest.mark.parametrize("generation", [API, REST])
@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize(("answer", "words"), [(403, "answered with 403"), (b"<html>", "not answered in JSON")])
def test_tags_that_are_refused_end_the_discovery(ask, generation, failing, answer, words):
    earlier = {} if generation is API else {API[0]: 404}
    told, asked = ask({**earlier, generation[failing]: answer})
    assert told.startswith("vcenters[0]: vc1.example.com does not return its tags: ")
    assert words in told and "secret" not in told
    assert asked == [*earlier, *generation[: failing + 1], generation[-1], "close"]


def test_a_login_that_both_refuse_ends_the_discovery(ask):
    told, asked = ask({API[0]: 404, REST[0]: 401})
    assert "POST /api/session is answered with 404 Reason; " in told
    assert "POST /rest/com/vmware/cis/session is answered with 401 Reason. Let the account" in told
    assert "secret" not in told
    assert asked == [API[0], REST[0], "close"]


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize(
    "answer", [b"null", b"[]", b"{}", b'["x"]', b'{"name": null}', b'[{"object_id": "c-1"}]', b"7"]
)
def test_answers_of_another_shape_end_the_discovery(ask, failing, answer):
    told, asked = ask({API[failing]: answer})
    # An empty list is an answer: no cluster has a tag.
    if (failing, answer) == (1, b"[]"):
        assert told == [[], [], [], []]
    else:
        assert told.startswith("vcenters[0]: vc1.example.com does not return its tags: ")
    assert asked[-2:] == [API[-1], "close"]


def test_a_session_that_does_not_end_in_order_hides_nothing(ask):
    told, _asked = ask({API[0]: 404, REST[2]: 403, REST[4]: b"[1]"})
    assert "is answered with 403" in told
