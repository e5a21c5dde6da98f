# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keystone and Ironic are one small server, which answers as both do."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.run import preflight

SECRET = "s3cr3t"
USER = {"name": "nova", "domain": {"name": "Default"}, "password": SECRET}
PASSWORD = {"methods": ["password"], "password": {"user": USER}}
ACCOUNT = dict(
    auth_type="password", username="nova", user_domain_name="Default", project_name="service",
    project_domain_name="Default", region_name="one",
)  # fmt: skip
CREDENTIAL = {"id": "c-1", "secret": SECRET}
CHECKS = ["name", "port", "certificate", "login", "endpoint", "version", "nodes"]


class Cloud(ThreadingHTTPServer):
    """Attributes are what it answers; seen is what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.logins, self.seen, self.raw = [], [], {}
        self.identity, self.refused, self.versions = PASSWORD, {}, {"default_version": {"version": "1.115"}}
        self.endpoints = [dict(interface="public", region_id="one", url=f"{self.url}/baremetal/v1")]
        self.lists = dict(
            shards=[dict(name="rack-1", count=2), dict(name=None, count=1)],
            conductors=[dict(conductor_group="", alive=True), dict(conductor_group="hall", alive=False)],
        )


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def _raw(self):
        """Answer with the bytes of cloud.raw, if there are some for this path."""
        raw = self.server.raw.get(self.path.rpartition("/")[2])
        if raw is not None:
            self.wfile.write(raw)
            self.close_connection = True
        return raw is not None

    def do_POST(self):
        cloud = self.server
        if self._raw():
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["auth"]
        cloud.logins.append(asked.get("scope"))
        if self.path != "/v3/auth/tokens":
            self._answer(404, {"error": {"message": "Not Found."}})
        elif asked["identity"] != cloud.identity:
            self._answer(401, {"error": {"message": "The request you have made requires authentication."}})
        else:
            catalog = [dict(type="baremetal", endpoints=cloud.endpoints)] if cloud.endpoints else []
            self._answer(201, {"token": {"catalog": catalog}}, X_Subject_Token="t-1")

    def do_GET(self):
        cloud = self.server
        version = self.headers["X-OpenStack-Ironic-API-Version"]
        login = self.headers["X-Auth-Token"] or self.headers["Authorization"]
        cloud.seen.append((self.path, version, login))
        if self._raw():
            return
        name = self.path.rpartition("/")[2]
        if name in cloud.refused:
            self._answer(cloud.refused[name], {"error_message": json.dumps({"faultstring": "Access was denied."})})
        else:
            self._answer(200, cloud.versions if self.path.endswith("/") else {name: cloud.lists[name]})


@pytest.fixture
def cloud():
    with Cloud() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def target(cloud, account=None, **options):
    account = dict({"auth_url": cloud.url}, **(ACCOUNT if account is None else account))
    made = dict(
        target="rack-1", variable="services_ironic", account=json.dumps(account), password=SECRET, ca_file=None,
        authority="", ca_in_image=False, insecure=False, shard="rack-1", conductor_group=None,
    )  # fmt: skip
    return dict(made, **options)


def tried(*targets):
    return preflight(dict(ironic=list(targets)), timeout=5)


def test_a_right_target(cloud):
    found = tried(target(cloud))
    assert found["problems"] == []
    assert [(row["check"], row["result"]) for row in found["checks"]] == [
        (check, "skipped" if check == "certificate" else "ok") for check in CHECKS
    ]
    (hypervisor,) = found["hypervisors"]
    assert hypervisor["identity"] == f"ironic/{cloud.url}/baremetal/rack-1/*"
    assert cloud.seen == [
        ("/baremetal/", None, "t-1"),
        ("/baremetal/v1/shards", "1.82", "t-1"),
        ("/baremetal/v1/conductors", "1.49", "t-1"),
    ]
    assert cloud.logins == [{"project": {"name": "service", "domain": {"name": "Default"}}}]


def test_all_targets_of_an_account_log_in_once(cloud):
    found = tried(target(cloud), target(cloud, target="rack-9", shard="rack-9"))
    assert len(cloud.logins) == 1
    assert found["problems"] == [
        "rack-9: services_ironic.shard: Ironic has no node in the shard 'rack-9' that the account sees. "
        "Did you mean 'rack-1'?"
    ]


@pytest.mark.parametrize(
    ("account", "identity", "scope"),
    [
        (dict(ACCOUNT, system_scope="all"), PASSWORD, {"system": {"all": True}}),
        (dict(ACCOUNT, domain_id="d-1"), PASSWORD, {"domain": {"id": "d-1"}}),
        (
            dict(auth_type="v3applicationcredential", application_credential_id="c-1"),
            {"methods": ["application_credential"], "application_credential": CREDENTIAL},
            None,
        ),
        (
            dict(
                auth_type="v3applicationcredential",
                application_credential_name="c",
                username="nova",
                default_domain_id="d-1",
            ),
            {
                "methods": ["application_credential"],
                "application_credential": {
                    "name": "c",
                    "secret": SECRET,
                    "user": {"name": "nova", "domain": {"id": "d-1"}},
                },
            },
            None,
        ),
    ],
)
def test_ways_to_log_in(cloud, account, identity, scope):
    cloud.identity = identity
    assert tried(target(cloud, account))["problems"] == []
    assert cloud.logins == [scope]


@pytest.mark.parametrize("suffix", ["", "/", "/v3", "/v3/", "/v2.0"])
def test_keystone_is_found_as_keystoneauth_finds_it(cloud, suffix):
    assert tried(target(cloud, dict(ACCOUNT, auth_url=cloud.url + suffix)))["problems"] == []


def test_an_ironic_without_keystone(cloud):
    account = dict(auth_type="none", endpoint_override=cloud.url)
    assert tried(target(cloud, account, password=""))["problems"] == []
    basic = dict(auth_type="http_basic", endpoint_override=cloud.url, username="nova")
    assert tried(target(cloud, basic))["problems"] == []
    assert cloud.logins == []
    assert cloud.seen[-1][2] == "Basic " + base64.b64encode(f"nova:{SECRET}".encode()).decode()


def wrong_password(cloud):
    return target(cloud, password="other")


def no_keystone(cloud):
    return target(cloud, dict(ACCOUNT, auth_url=f"{cloud.url}/horizon"))


def other_region(cloud):
    return target(cloud, dict(ACCOUNT, region_name="two"))


def other_interface(cloud):
    return target(cloud, dict(ACCOUNT, valid_interfaces="internal"))


def nothing_in_the_catalog(cloud):
    cloud.endpoints = []
    return target(cloud)


def no_right_to_list(cloud):
    cloud.refused = {"shards": 403}
    return target(cloud)


def refused_basic(cloud):
    cloud.refused = {"shards": 401}
    return target(cloud, dict(auth_type="http_basic", endpoint_override=cloud.url, username="nova"))


def nothing_behind_the_endpoint(cloud):
    return target(cloud, dict(ACCOUNT, endpoint_override="http://127.0.0.1:1"))


def not_ironic(cloud):
    cloud.versions = {"name": "placement"}
    return target(cloud)


def too_old(cloud):
    cloud.versions = {"versions": [{"id": "v1", "version": "1.81"}]}
    return target(cloud)


WRONG = {
    wrong_password: ("login", "password", "refuses the user 'nova' with this password: The request you have made"),
    no_keystone: ("login", "auth_url", "/horizon does not log in: Not Found."),
    other_region: ("endpoint", "endpoint_override", "has other endpoints only of the service baremetal: public in one"),
    other_interface: ("endpoint", "endpoint_override", "has other endpoints only"),
    nothing_in_the_catalog: ("endpoint", "endpoint_override", "has no service of the type baremetal"),
    no_right_to_list: ("login", "system_scope", "may not list what Ironic has: Access was denied."),
    refused_basic: ("login", "username", "may not list"),
    nothing_behind_the_endpoint: ("endpoint", "endpoint_override", "does not answer: Connection refused."),
    not_ironic: ("endpoint", "endpoint_override", "the server that answers is not Ironic"),
    too_old: ("version", "shard", "has the version 1.81; nova needs 1.82"),
}


@pytest.mark.parametrize("change", WRONG, ids=lambda change: change.__name__)
def test_what_nova_would_stumble_over(cloud, change):
    check, option, problem = WRONG[change]
    found = tried(change(cloud))
    (row,) = [row for row in found["checks"] if row["result"] == "failed"]
    assert (row["check"], row["variable"]) == (check, f"services_ironic.{option}")
    assert problem in row["problem"] and row["cure"].endswith(".")
    assert SECRET not in str(found) and found["hypervisors"] == []


def test_a_redirect_does_not_get_the_password(cloud):
    cloud.refused = {"": 302}
    (problem,) = tried(target(cloud))["problems"]
    assert "does not answer as Ironic does" in problem


def answer(body, length=None):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nX-Subject-Token: t\r\nContent-Length: %d\r\n\r\n" % (length or len(text)) + text


NO_HTTP = dict(
    ssh=b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n",
    truncated=answer({"token": {}}, length=5000),
    chunks=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    long_header=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000 + b"\r\n\r\n",
    many_headers=b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 150 + b"\r\n",
    hangs_up=b"",
    html=answer(b"<html>maintenance</html>"),
    binary=answer(b"\xff\xfe\x00"),
    null=answer(None),
    text=answer("x"),
)
WRONG_SHAPES = dict(
    catalog=("tokens", {"token": {"catalog": {"a": 1}}}, "has no service of the type baremetal"),
    services=("tokens", {"token": {"catalog": ["a"]}}, "has no service of the type baremetal"),
    endpoints=("tokens", {"token": {"catalog": [{"type": "baremetal", "endpoints": ["a"]}]}}, "baremetal: none"),
    versions=("", {"versions": 5}, "the server that answers is not Ironic"),
    shards=("shards", {"shards": {"rack-1": 2}}, "has no list of shards"),
    count=("shards", {"shards": [{"name": "rack-1", "count": "many"}]}, "count of nodes is 'many'"),
    conductors=("conductors", {"conductors": None}, "has no list of conductors"),
)


@pytest.fixture
def right():
    with Cloud() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def failed_row(found):
    """The only row that failed, which must not keep the other Ironic's target from being judged."""
    (row,) = [row for row in found["checks"] if row["result"] == "failed"]
    assert [(one["target"], row["target"]) for one in found["hypervisors"]] == [("right", "rack-1")]
    return row


@pytest.mark.parametrize("path", ["tokens", "", "shards", "conductors"])
@pytest.mark.parametrize("kind", NO_HTTP)
def test_what_does_not_answer_as_an_api_is_told_and_hides_nothing(cloud, right, path, kind):
    cloud.raw[path] = NO_HTTP[kind]
    row = failed_row(tried(target(cloud), target(right, target="right")))
    assert row["check"] == ("login" if path == "tokens" else "endpoint")
    assert cloud.url in row["problem"]


@pytest.mark.parametrize("kind", WRONG_SHAPES)
def test_answers_of_another_shape_are_told_and_hide_nothing(cloud, right, kind):
    path, body, problem = WRONG_SHAPES[kind]
    cloud.raw[path] = answer(body)
    assert problem in failed_row(tried(target(cloud), target(right, target="right")))["problem"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:port/v3", "http://[::1/v3", "http://127.0.0.1:99999", "keystone:5000/v3", "", "/v3"]
)
def test_what_is_no_url_is_told_and_hides_nothing(cloud, right, url):
    row = failed_row(tried(target(cloud, dict(ACCOUNT, auth_url=url)), target(right, target="right")))
    assert (row["check"], row["variable"]) == ("name", "services_ironic.auth_url")
    cloud.endpoints[0]["url"] = url
    row = failed_row(tried(target(cloud), target(right, target="right")))
    assert (row["check"], row["variable"]) == ("endpoint", "services_ironic.endpoint_override")


def test_an_endpoint_whose_port_is_closed_is_not_said_to_answer(cloud):
    cloud.endpoints[0]["url"] = "https://127.0.0.1:1/baremetal"
    (problem,) = tried(target(cloud))["problems"]
    assert "127.0.0.1 port 1, where Ironic should be, does not answer: Connection refused." in problem


def test_an_endpoint_without_tls_is_not_the_fault_of_keystones_url(cloud):
    cloud.endpoints[0]["url"] = cloud.url.replace("http:", "https:").replace("127.0.0.1", "localhost")
    (problem,) = tried(target(cloud))["problems"]
    assert problem.startswith("rack-1: services_ironic.endpoint_override: localhost port ")
    assert "does not speak TLS" in problem
