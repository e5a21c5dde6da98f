# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import ClassVar
from urllib.parse import urlsplit

import keystoneauth1.exceptions
import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, instances, placement, services
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError


class Unreachable:
    """A cloud whose Keystone does not answer. openstacksdk asks it as soon as a service is used."""

    @property
    def compute(self):
        raise keystoneauth1.exceptions.ConnectFailure("connection refused")

    placement = compute


@pytest.mark.parametrize(
    "ask",
    [
        services.read,
        services.services,
        lambda nova: placement.root_providers(nova, set()),
        lambda nova: instances.move(nova, "vm1", "live"),
        lambda nova: placement.providers(nova, "a", [], []),
        lambda nova: placement.note(nova, ["uuid-a"], "a"),
        lambda nova: placement.noted(nova, "a"),
        lambda nova: placement.delete_providers(nova, ["uuid-a"]),
    ],
)
def test_keystone_that_does_not_answer_is_told_with_a_cure(ask):
    with pytest.raises(NovaError, match="connection refused.*Check services_cloud"):
        ask(Unreachable())


def test_connect_reads_a_dict():
    auth = dict(auth_url="http://127.0.0.1:1/v3", username="u", password="p", project_name="p")
    connection = cloud.connect(dict(auth=auth, region_name="R1"))
    assert connection.config.config["auth"]["auth_url"] == "http://127.0.0.1:1/v3"
    assert connection.config.region_name == "R1"


def test_connect_reads_a_file(tmp_path):
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {mine: {auth: {auth_url: 'http://127.0.0.1:1/v3', username: u, password: p}}}\n")
    assert cloud.connect("mine", str(path)).config.name == "mine"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (dict(cloud="mine", cloud_config=None), "mine"),
        (dict(cloud="mine", cloud_config="{}"), "mine"),
        (dict(cloud=None, cloud_config=None), None),
        (dict(cloud="mine", cloud_config='{"region_name": "R1"}'), dict(region_name="R1")),
    ],
)
def test_a_cloud_is_a_name_or_a_dict(given, expected):
    assert cloud.cloud_of(given) == expected


@pytest.mark.parametrize("text", ["s3cr3t", "[1]"])
def test_a_cloud_that_is_neither_is_not_shown(text):
    with pytest.raises(NovaError, match="cloud_config is not a dict") as error:
        cloud.cloud_of(dict(cloud=None, cloud_config=text))
    assert text not in str(error.value)


def test_an_unknown_cloud_is_named_with_a_cure(tmp_path):
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {}\n")
    with pytest.raises(NovaError, match=r"cloud 'mine'.*Correct services_cloud"):
        cloud.connect("mine", str(path))


def test_a_wrong_dict_does_not_show_the_password():
    with pytest.raises(NovaError, match="Correct services_cloud") as error:
        cloud.connect(dict(auth_type="nonsense", auth=dict(auth_url="http://127.0.0.1:1", password="s3cret")))
    assert "s3cret" not in str(error.value)


def test_a_missing_sdk_is_said_with_a_cure(monkeypatch):
    monkeypatch.setattr(cloud, "IMPORT_ERROR", "No module named openstack")
    with pytest.raises(NovaError, match="pip install openstacksdk"):
        cloud.connect("mine")


def test_a_cloud_is_asked_with_time_outs():
    auth = dict(auth_url="http://127.0.0.1:1/v3", username="u", password="p", project_name="p")
    assert cloud.connect(dict(auth=auth)).session.timeout == 60
    assert cloud.connect(dict(auth=auth), api_timeout=7).session.timeout == 7
    assert cloud.connect(dict(auth=auth, api_timeout=90)).session.timeout == 90


class Maintenance(requests.adapters.BaseAdapter):
    """A front end that returns its versions, and answers everything else with 200 and a page.

    asked has the requests.
    """

    LINKS: ClassVar = [dict(rel="self", href="http://cloud/compute/v2.1/")]
    COMPUTE: ClassVar = dict(id="v2.1", status="CURRENT", version="2.96", min_version="2.1", links=LINKS)
    PLACEMENT: ClassVar = dict(id="v1.0", status="CURRENT", max_version="1.39", min_version="1.0")
    VERSIONS: ClassVar = {
        "/compute/v2.1": dict(version=COMPUTE),
        "/placement": dict(versions=[dict(PLACEMENT, links=[dict(rel="self", href="")])]),
    }

    def __init__(self):
        super().__init__()
        self.asked, self.timeouts = [], set()

    def send(self, request, timeout=None, **_options):
        self.timeouts.add(timeout)
        made = requests.Response()
        made.status_code, made.url, made.request = 200, request.url, request
        path = urlsplit(request.url).path.rstrip("/")
        if path in self.VERSIONS:
            made._content, made.headers["Content-Type"] = json.dumps(self.VERSIONS[path]).encode(), "application/json"
        else:
            self.asked.append((request.method, path))
            made._content, made.headers["Content-Type"] = b"<html>Back soon</html>", "text/html"
        return made

    def close(self):
        pass


ASKED = {
    "GET /compute/v2.1/os-services": services.services,
    "GET /compute/v2.1/os-hypervisors/detail": services.hypervisors,
    "PUT /compute/v2.1/os-services/u7": lambda nova: services.disable(nova, "u7", "gone"),
    "PUT /compute/v2.1/os-services/u8": lambda nova: services.enable(nova, "u8"),
    "DELETE /compute/v2.1/os-services/u7": lambda nova: services.delete(nova, dict(host="a", id="u7")),
    "GET /compute/v2.1/servers": lambda nova: instances.instances(nova, ["a"]),
    "GET /compute/v2.1/servers/vm1": lambda nova: instances.server(nova, "vm1"),
    "POST /compute/v2.1/servers/vm1/action": lambda nova: instances.move(nova, "vm1", "cold"),
    "POST /compute/v2.1/servers/vm2/action": lambda nova: instances.move(nova, "vm2", "live"),
    "POST /compute/v2.1/servers/vm3/action": lambda nova: instances.move(nova, "vm3", "confirm"),
    "GET /compute/v2.1/os-migrations": lambda nova: instances.migrations(nova, "a"),
    "GET /placement/resource_providers": lambda nova: placement.root_providers(nova, set()),
    "GET /placement/resource_providers/n1/aggregates": lambda nova: placement.note(nova, ["n1"], "a"),
    "GET /placement/resource_providers/n1": lambda nova: placement.delete_providers(nova, ["n1"]),
}


@pytest.mark.parametrize("question", ASKED)
def test_a_front_end_in_maintenance_is_refused_by_each_question(question):
    urls = dict(
        compute_endpoint_override="http://cloud/compute/v2.1", placement_endpoint_override="http://cloud/placement"
    )
    nova = cloud.connect(dict(auth_type="none", **urls), api_timeout=7)
    front = Maintenance()
    nova.session.session.mount("http://", front)
    with pytest.raises(NovaError, match=r"answered something else: .* with text/html.* is not in maintenance"):
        ASKED[question](nova)
    assert front.asked == [tuple(question.split())]
    assert front.timeouts == {7}
