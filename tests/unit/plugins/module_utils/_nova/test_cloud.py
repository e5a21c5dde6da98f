# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import keystoneauth1.exceptions
import openstack.exceptions
import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud as _nova
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError
from openstack.compute.v2.migration import Migration
from openstack.compute.v2.server import Server
from openstack.placement.v1.resource_provider import ResourceProvider

NOW, LATER = "2026-11-23T01:02:03.000000", "2026-11-23T01:02:13.000000"


def service(host, state="up", updated_at=NOW):
    return dict(
        host=host,
        id=7,
        state=state,
        status="enabled",
        disabled_reason=None,
        forced_down=False,
        updated_at=updated_at,
        binary="nova-compute",
    )


def answer(body, status=200):
    made = requests.Response()
    made.status_code, made._content = status, json.dumps(body).encode()
    return made


def hypervisor(host, name=None):
    return SimpleNamespace(id="uuid-" + host, name=name or host, service_details={"host": host})


class Compute:
    """nova's API: answers is a list of lists of services, the last one again and again."""

    def __init__(self, *answers, hypervisors=(), servers=None, newest=(2, 100)):
        self.answers = itertools.chain(answers, itertools.repeat(answers[-1] if answers else []))
        self.found, self.instances, self.requests = list(hypervisors), servers or {}, []
        self.newest = newest

    def get_endpoint_data(self):
        return SimpleNamespace(min_microversion=(2, 1), max_microversion=self.newest)

    def get(self, url, params, microversion):
        self.requests.append((url, params["binary"], microversion))
        return answer(dict(services=next(self.answers)))

    def hypervisors(self, details, microversion):
        self.requests.append(("hypervisors", details, microversion))
        return iter(self.found)

    def servers(self, details, **query):
        # openstacksdk filters answers by what it does not know as a query, and so drops every server.
        assert set(query) <= set(Server._query_mapping._mapping)
        assert query["all_projects"] and query["is_soft_deleted"]
        self.requests.append(("servers", query))
        wanted = self.instances.get(query["compute_host"], ()) if "compute_host" in query else [query["id"]]
        return [SimpleNamespace(id=name, name=name) for name in wanted if name != "unknown"]

    def migrations(self, **query):
        assert set(query) <= set(Migration._query_mapping._mapping)
        fields = dict(uuid="m1", server_id="vm1", migration_type="resize", status="finished", source_compute="b")
        return [SimpleNamespace(**fields)]

    def enable_service(self, service):
        self.requests.append(("enable", service))

    def disable_service(self, service, disabled_reason):
        self.requests.append(("disable", service, disabled_reason))

    def delete_service(self, service):
        self.requests.append(("delete", service))


class Placement:
    """Its providers: uuid -> (name, uuid of the root, consumers); aggregates: uuid -> list; deleted: uuids.

    full: uuids of those without memory left; empty: of those without inventory; looked_at: what was asked for one's.
    """

    def __init__(self, providers, full=(), empty=()):
        self.here, self.aggregates, self.deleted = providers, {one: ["theirs"] for one in providers}, []
        self.full, self.empty, self.looked_at = full, empty, []

    def resource_providers(self, **query):
        assert set(query) <= set(ResourceProvider._query_mapping._mapping)
        if query == dict(resources="MEMORY_MB:1"):
            return [SimpleNamespace(id=one) for one in self.here if one not in (*self.full, *self.empty)]
        return [
            SimpleNamespace(id=one, name=name, parent_provider_id=None if root == one else root)
            for one, (name, root, _users) in self.here.items()
            if query in ({}, dict(name=name), dict(in_tree=root)) or query.get("member_of") in self.aggregates[one]
        ]

    def resource_provider_inventories(self, one):
        self.looked_at.append(one)
        return iter(() if one in self.empty else ("VCPU", "MEMORY_MB"))

    def get_resource_provider(self, one):
        root = self.here[one][1]
        return SimpleNamespace(parent_provider_id=None if root == one else root)

    def delete_resource_provider(self, one):
        assert one not in [root for other, (_name, root, _users) in self.here.items() if other != one]
        del self.here[one]
        self.deleted.append(one)

    def get(self, url, headers=None):
        provider, what = url.split("/")[2:]
        if what == "aggregates":
            assert headers == {"OpenStack-API-Version": "placement 1.19"}
            found = dict(aggregates=self.aggregates[provider], resource_provider_generation=7)
            return SimpleNamespace(status_code=200, json=lambda: found)
        users = self.here[provider][2]
        return SimpleNamespace(status_code=200, json=lambda: dict(allocations=dict.fromkeys(users)))

    def put(self, url, json, headers):
        assert json["resource_provider_generation"] == 7 and headers
        self.aggregates[url.split("/")[2]] = json["aggregates"]
        return SimpleNamespace(status_code=200)


def nova(*answers, providers=None, **options):
    session = SimpleNamespace(timeout=60)
    return SimpleNamespace(compute=Compute(*answers, **options), placement=Placement(providers or {}), session=session)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(_nova, "POLL_SECONDS", 0.001)


def test_read_is_two_requests_sorted():
    connection = nova([service("b"), service("a")], hypervisors=[hypervisor("b"), hypervisor("a")])
    found = _nova.read(connection)
    assert [one["host"] for one in found["services"]] == ["a", "b"]
    assert found["hypervisors"] == [dict(host=host, id="uuid-" + host, name=host) for host in "ab"]
    assert connection.compute.requests == [("/os-services", "nova-compute", "2.69"), ("hypervisors", True, "2.53")]


def test_read_says_all_of_a_service():
    expected = dict(host="a", id="7", state="up", status="enabled", disabled_reason=None)
    expected.update(forced_down=False, updated_at=NOW)
    assert _nova.read(nova([service("a")]))["services"] == [expected]


def test_waiting_outlives_a_cell_that_is_down_for_a_moment(monkeypatch):
    monkeypatch.setattr(_nova.time, "sleep", lambda _seconds: None)
    connection = nova([dict(host="a", status="UNKNOWN")], [service("a")])
    assert _nova.wait(connection, {"a": None}, [], 60)["not_up"] == []
    with pytest.raises(NovaError):
        _nova.wait(nova([dict(host="a", status="UNKNOWN")]), {"a": None}, [], 0)


@pytest.mark.parametrize(("number", "named"), [(1, "h00,"), (10, "h08, h09,"), (12, "h08, h09 and 2 others,")])
def test_a_cell_that_is_down_is_named_by_its_services(number, named):
    lost = [dict(host=f"h{index:02}", binary="nova-compute", status="UNKNOWN") for index in range(number)]
    with pytest.raises(NovaError, match=rf"^nova cannot reach the cell of (h\d\d, )*{named} so nobody"):
        _nova.services(nova([service("a"), *lost]))


def test_a_nova_is_asked_no_newer_api_than_it_has():
    connection = nova([service("a")], newest=(2, 60))
    _nova.services(connection)
    assert connection.compute.requests == [("/os-services", "nova-compute", "2.60")]


def test_an_api_error_is_ours_with_a_cure():
    connection = nova()
    connection.compute.get = lambda *_url, **_options: answer({}, status=503)
    with pytest.raises(NovaError, match=r"nova's API did not answer.*503.*Check services_cloud"):
        _nova.read(connection)


class Unreachable:
    """A cloud whose Keystone does not answer: openstacksdk asks it as soon as one of its services is named."""

    @property
    def compute(self):
        raise keystoneauth1.exceptions.ConnectFailure("connection refused")

    placement = compute


@pytest.mark.parametrize(
    "ask",
    [
        _nova.read,
        _nova.services,
        lambda cloud: _nova.root_providers(cloud, set()),
        lambda cloud: _nova.move(cloud, "vm1", "live"),
        lambda cloud: _nova.providers(cloud, "a", [], []),
        lambda cloud: _nova.note(cloud, ["uuid-a"], "a"),
        lambda cloud: _nova.noted(cloud, "a"),
        lambda cloud: _nova.delete_providers(cloud, ["uuid-a"]),
    ],
)
def test_keystone_that_does_not_answer_is_told_with_a_cure(ask):
    with pytest.raises(NovaError, match="connection refused.*Check services_cloud"):
        ask(Unreachable())


@pytest.mark.parametrize(
    ("record", "since", "up"),
    [
        (None, None, False),
        (service("a", "down"), None, False),
        (service("a"), None, True),
        (service("a"), "2026-11-23T01:02:02.999999999Z", True),
        # In the second of the start it was its predecessor's.
        (service("a"), "2026-11-23T01:02:03.1Z", False),
        # nova shows a dead service up for another minute.
        (service("a"), "2026-11-23T01:02:04Z", False),
        (service("a", updated_at=None), "2026-11-23T01:02:04Z", True),
    ],
)
def test_up_means_a_heartbeat_since_the_start(record, since, up):
    assert _nova.is_up(record, since) is up


def test_wait_returns_at_once_when_all_is_well():
    connection = nova([service("a")], hypervisors=[hypervisor("a")], providers={"uuid-a": ("a", "uuid-a", [])})
    found = _nova.wait(connection, {"a": None}, ["a"], timeout=60)
    assert (found["not_up"], found["not_mapped"], found["seconds"] < 5) == ([], [], True)
    assert len(connection.compute.requests) == 2


def test_no_request_outlasts_the_wait_and_the_next_may():
    connection = nova([service("a", state="down")])
    timeouts = []
    get = connection.compute.get
    connection.compute.get = lambda *args, **kw: timeouts.append(connection.session.timeout) or get(*args, **kw)
    _nova.wait(connection, {"a": None}, [], 0)
    _nova.wait(connection, {"a": None}, [], 0.5)
    _nova.wait(connection, {}, [], 120)
    assert set(timeouts) == {5, 60}
    assert connection.session.timeout == 60


def test_an_answer_that_lacks_what_each_has_is_ours_with_a_cure():
    for broken in (["a"], [None], [{"host": "a"}], "a"):
        with pytest.raises(NovaError, match="answered something else: .* is not in maintenance"):
            _nova.services(nova(broken))


def test_wait_polls_until_the_last_is_up():
    connection = nova([], [service("a")], [service("a"), service("b", "down")], [service("a"), service("b")])
    assert _nova.wait(connection, {"a": None, "b": None}, [], timeout=60)["not_up"] == []
    assert connection.compute.requests.count(("/os-services", "nova-compute", "2.69")) == 4
    # Hypervisors tell nothing while services are missing.
    assert connection.compute.requests.count(("hypervisors", True, "2.53")) == 1


def test_wait_names_what_is_missing_when_time_is_out():
    connection = nova([service("a"), service("c", "down")], hypervisors=[hypervisor("a")])
    found = _nova.wait(connection, {"c": None, "b": None, "a": None}, ["b", "a"], timeout=0.01)
    assert (found["not_up"], found["not_mapped"]) == (["b", "c"], ["b"])


def test_wait_names_hosts_whose_node_has_no_provider():
    connection = nova([], hypervisors=map(hypervisor, "abc"), providers={"uuid-a": ("a", "uuid-a", [])})
    found = _nova.wait(connection, {}, ["a", "b"], timeout=0)
    assert (found["not_mapped"], found["not_provided"]) == ([], ["b"])


def test_wait_names_hosts_whose_provider_has_no_inventory():
    connection = nova([], hypervisors=map(hypervisor, "abc"))
    providers = {f"uuid-{host}": (host, f"uuid-{host}", []) for host in "abc"}
    connection.placement = Placement(providers, full=["uuid-a"], empty=["uuid-b", "uuid-c"])
    found = _nova.wait(connection, {}, ["a", "b"], timeout=0)
    assert (found["not_mapped"], found["not_provided"]) == ([], ["b"])
    assert sorted(connection.placement.looked_at) == ["uuid-a", "uuid-b"]


def test_beating_are_those_whose_heartbeat_moved():
    first = [service("moves"), service("dead"), service("other")]
    second = [service("moves", updated_at=LATER), service("dead"), service("other", updated_at=LATER)]
    assert _nova.beating(nova(first, second), ["moves", "dead", "unknown"], 0.05) == ["moves"]


def test_a_record_that_was_deleted_meanwhile_does_not_beat():
    assert _nova.beating(nova([service("a")], []), ["a"], 0.05) == []


def test_listening_ends_when_all_beat():
    connection = nova([service("a")], [service("a", updated_at=LATER)])
    assert _nova.beating(connection, ["a"], 60) == ["a"]


def test_nobody_to_listen_to_costs_no_time():
    assert _nova.beating(nova([service("a")]), [], 60) == []


def test_instances_of_all_projects_by_host():
    connection = nova([], servers={"a": ["vm1", "vm2"], "b": []})
    assert _nova.instances(connection, ["a", "b"]) == [dict(id=vm, name=vm, host="a") for vm in ("vm1", "vm2")]


def test_instances_of_a_cell_that_is_down_cannot_be_told():
    with pytest.raises(NovaError, match=r"^nova cannot reach the cell of a, "):
        _nova.instances(nova([dict(host="a", status="UNKNOWN")]), ["a"])


def test_names_of_instances_wherever_they_are():
    assert _nova.instance_names(nova([]), ["vm1", "unknown"]) == {"vm1": "vm1", "unknown": ""}


def test_migrations_say_where_from():
    expected = dict(id="m1", server_id="vm1", type="resize", status="finished", source="b")
    assert _nova.migrations(nova([]), "a") == [expected]


def test_providers_of_a_host_are_those_of_its_nodes_with_those_below_and_those_of_its_name():
    here = {
        "n1": ("vc-1", "n1", ["vm1"]),
        "g1": ("vc-1_gpu", "n1", ["vm2"]),
        "n2": ("a", "n2", []),
        "n3": ("b", "n3", []),
    }
    connection = SimpleNamespace(placement=Placement(here))
    assert _nova.providers(connection, "a", ["n1"], []) == {"n1": ["vm1"], "g1": ["vm2"], "n2": []}
    # A hypervisor may have the name of another one's service host.
    assert _nova.providers(connection, "a", ["n1"], ["n2"]) == {"n1": ["vm1"], "g1": ["vm2"]}


def test_what_is_noted_in_placement_is_found_and_the_rest_of_its_aggregates_stays():
    connection = nova(providers={"n1": ("vc-1", "n1", []), "n2": ("b", "n2", [])})
    assert _nova.noted(connection, "a") == set()
    for _twice in range(2):
        _nova.note(connection, ["n1"], "a")
    assert (_nova.noted(connection, "a"), _nova.noted(connection, "b")) == ({"n1"}, set())
    assert connection.placement.aggregates["n1"][0] == "theirs"
    assert len(connection.placement.aggregates["n1"]) == 2


def test_providers_are_deleted_after_those_below_them():
    connection = nova(providers={"n1": ("a", "n1", []), "g1": ("a_gpu", "n1", []), "n2": ("b", "n2", [])})
    _nova.delete_providers(connection, ["n1", "g1"])
    assert connection.placement.deleted == ["g1", "n1"]


def test_disable_and_delete_go_by_the_records_id():
    connection = nova([])
    _nova.disable(connection, "u7", "gone")
    _nova.delete(connection, dict(host="a", id="u7"))
    _nova.enable(connection, "u8")
    assert connection.compute.requests == [("disable", "u7", "gone"), ("delete", "u7"), ("enable", "u8")]


def test_a_refusal_of_nova_to_delete_is_no_silence():
    connection = nova([])
    refusal = openstack.exceptions.ConflictException("hosting instances")
    connection.compute.delete_service = lambda service: (none for none in ()).throw(refusal)
    with pytest.raises(NovaError, match="a: nova refuses to delete the service: .*hosting instances"):
        _nova.delete(connection, dict(host="a", id="u7"))


def test_connect_reads_a_dict():
    auth = dict(auth_url="http://127.0.0.1:1/v3", username="u", password="p", project_name="p")
    connection = _nova.connect(dict(auth=auth, region_name="R1"))
    assert connection.config.config["auth"]["auth_url"] == "http://127.0.0.1:1/v3"
    assert connection.config.region_name == "R1"


def test_connect_reads_a_file(tmp_path):
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {mine: {auth: {auth_url: 'http://127.0.0.1:1/v3', username: u, password: p}}}\n")
    assert _nova.connect("mine", str(path)).config.name == "mine"


@pytest.mark.parametrize(
    ("given", "cloud"),
    [
        (dict(cloud="mine", cloud_config=None), "mine"),
        (dict(cloud="mine", cloud_config="{}"), "mine"),
        (dict(cloud=None, cloud_config=None), None),
        (dict(cloud="mine", cloud_config='{"region_name": "R1"}'), dict(region_name="R1")),
    ],
)
def test_a_cloud_is_a_name_or_a_dict(given, cloud):
    assert _nova.cloud_of(given) == cloud


@pytest.mark.parametrize("text", ["s3cr3t", "[1]"])
def test_a_cloud_that_is_neither_is_not_shown(text):
    with pytest.raises(NovaError, match="cloud_config is no dict") as error:
        _nova.cloud_of(dict(cloud=None, cloud_config=text))
    assert text not in str(error.value)


def test_an_unknown_cloud_is_named_with_a_cure(tmp_path):
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {}\n")
    with pytest.raises(NovaError, match=r"cloud 'mine'.*Correct services_cloud"):
        _nova.connect("mine", str(path))


def test_a_wrong_dict_does_not_show_the_password():
    with pytest.raises(NovaError, match="Correct services_cloud") as error:
        _nova.connect(dict(auth_type="nonsense", auth=dict(auth_url="http://127.0.0.1:1", password="s3cret")))
    assert "s3cret" not in str(error.value)


def test_a_missing_sdk_is_said_with_a_cure(monkeypatch):
    monkeypatch.setattr(_nova, "openstack", None)
    monkeypatch.setattr(_nova, "OPENSTACK_IMPORT_ERROR", "No module named openstack")
    with pytest.raises(NovaError, match="pip install openstacksdk"):
        _nova.connect("mine")


def test_root_providers_are_those_below_no_other():
    here = {"p1": ("a", "p1", ()), "p2": ("a_gpu", "p1", ()), "p3": ("agent", "p3", ())}
    connection = SimpleNamespace(placement=Placement(here))
    assert [one["name"] for one in _nova.root_providers(connection, {"p1", "p2"})] == ["a", "agent"]


def test_only_a_node_without_memory_left_is_asked_for_its_inventory():
    here = {one: (one, one, ()) for one in ("room", "full", "empty", "agent")}
    placement = Placement(here, full=["full", "agent"], empty=["empty"])
    found = _nova.root_providers(SimpleNamespace(placement=placement), {"room", "full", "empty", "unknown"})
    assert {one["name"]: one["inventory"] for one in found} == dict(room=True, full=True, empty=False, agent=None)
    assert sorted(placement.looked_at) == ["empty", "full"]
