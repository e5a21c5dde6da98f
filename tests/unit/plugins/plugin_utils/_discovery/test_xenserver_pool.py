# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
from xml.parsers.expat import ExpatError

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import xenserver_pool
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint

ENDPOINT = Endpoint("pools[0]", "xs-02", "xs-02", 443, "root", "secret")


def record(hostname, **more):
    return dict(hostname=hostname, name_label=hostname.upper(), address="10.0.0.1", uuid="u", enabled=True, **more)


def test_members_are_in_the_order_of_their_names():
    pools = {"p": dict(name_label="", master="r1")}
    hosts = {"r2": record("b", tags=["y", "x"]), "r1": record("a", software_version=dict(product_version="8.2"))}
    first, second = xenserver_pool.members(pools, hosts)
    assert first == dict(
        hostname="a", label="A", address="10.0.0.1", uuid="u", enabled=True, master=True, pool="", version="8.2",
        tags=[])  # fmt: skip
    assert (second["hostname"], second["master"], second["version"], second["tags"]) == ("b", False, "", ["x", "y"])


@pytest.mark.parametrize(("address", "fit"), [("10.0.0.1", True), ("", False), ("fd00::1", False)])
def test_nova_finds_a_member_by_its_ipv4_address(address, fit):
    problems = xenserver_pool.refused("pools[0]", [dict(hostname="xs", address=address)])
    assert (problems == []) is fit


def answers(monkeypatch, **by_address):
    def ask(endpoint):
        answer = by_address[endpoint.address.replace("-", "_").replace(".", "_")]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(xenserver_pool, "_ask", ask)


def test_a_member_refers_to_the_master(monkeypatch):
    answers(monkeypatch, xs_02=xenserver_pool.XapiError(["HOST_IS_SLAVE", "master"]), master=["found"])
    assert xenserver_pool.fetch(ENDPOINT) == ["found"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DiscoveryError("its certificate."), "its certificate. xs-02 names this server as its pool's master"),
        (xenserver_pool.XapiError(["HOST_IS_SLAVE", "xs-02"]), "pools[0]: master answers HOST_IS_SLAVE: xs-02."),
        (
            xenserver_pool.XapiError(["SESSION_AUTHENTICATION_FAILED", "root"]),
            "pools[0].username: master refuses the login",
        ),
    ],
)
def test_a_master_that_cannot_be_asked(monkeypatch, error, expected):
    answers(monkeypatch, xs_02=xenserver_pool.XapiError(["HOST_IS_SLAVE", "master"]), master=error)
    with pytest.raises(DiscoveryError) as caught:
        xenserver_pool.fetch(ENDPOINT)
    assert caught.value.problems[0].startswith(expected)


@pytest.mark.parametrize("error", [http.client.IncompleteRead(b""), ExpatError("no element found"), TypeError()])
def test_what_answers_otherwise_is_told_with_where_it_stands(monkeypatch, error):
    class Session:
        """Fails at its login."""

        def __init__(self, *_arguments):
            pass

        def __enter__(self):
            raise error

        def __exit__(self, *_error):
            pass

    monkeypatch.setattr(xenserver_pool, "XapiSession", Session)
    with pytest.raises(DiscoveryError, match=r"^pools\[0\]: xs-02 does not answer as a XenServer: .+\. Correct"):
        xenserver_pool.fetch(ENDPOINT)


def test_addresses_in_urls():
    assert (xenserver_pool._in_url("xs-01"), xenserver_pool._in_url("fd00::1")) == ("xs-01", "[fd00::1]")
