# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import vcenter_tags
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

ENDPOINT = Endpoint("vcenters[0]", "vc1", "vc1.example.com", 443, "nova@vsphere.local", "secret")
NAMES = {"urn:1": "gold", "urn:2": "silver"}


class Api:
    """A REST API that records requests, and fails where the test sets it."""

    def __init__(self, attached, failing=None):
        self.attached, self.failing, self.asked = attached, failing, []

    def __call__(self, _endpoint):
        return self

    def _note(self, what):
        self.asked.append(what)
        if what == self.failing:
            raise vcenter_tags._TagsRefused(f"{what} is answered with 403 Forbidden")

    def log_in(self):
        self._note("log in")

    def log_out(self):
        self._note("log out")

    def close(self):
        self._note("close")

    def post(self, path, content):
        self._note("attached")
        return [
            {"object_id": one, "tag_ids": self.attached[one["id"]]}
            for one in content["object_ids"]
            if one["id"] in self.attached
        ]

    def get(self, path):
        self._note("name")
        return {"name": NAMES[path.rpartition("id:")[2]]}


def tagged(monkeypatch, api, *moids):
    monkeypatch.setattr(vcenter_tags, "_TagsApi", api)
    return vcenter_tags.tagged(ENDPOINT, [{"moid": moid} for moid in moids])


def test_a_name_is_asked_once_and_an_untagged_cluster_has_none(monkeypatch):
    api = Api({"c-1": ["urn:2", "urn:1"], "c-2": ["urn:1"], "c-3": None})
    assert tagged(monkeypatch, api, "c-1", "c-2", "c-3", "c-4") == [
        {"moid": "c-1", "tags": ["gold", "silver"]},
        {"moid": "c-2", "tags": ["gold"]},
        {"moid": "c-3", "tags": []},
        {"moid": "c-4", "tags": []},
    ]
    assert api.asked == ["log in", "attached", "name", "name", "log out", "close"]


@pytest.mark.parametrize(("failing", "ended"), [("log in", []), ("attached", ["log out"]), ("name", ["log out"])])
def test_what_is_not_told_ends_the_discovery(monkeypatch, failing, ended):
    api = Api({"c-1": ["urn:1"]}, failing)
    with pytest.raises(DiscoveryError, match=r"vcenters\[0\]: vc1.example.com does not return its tags: .*403") as told:
        tagged(monkeypatch, api, "c-1")
    assert "secret" not in str(told.value)
    assert api.asked[api.asked.index(failing) + 1 :] == [*ended, "close"]
