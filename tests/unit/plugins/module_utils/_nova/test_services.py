# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import openstack.exceptions
import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import services
from ansible_collections.novafleet.compute.plugins.module_utils._nova.cloud import NovaError
from nova_in_memory import LATER, NOW, answer, hypervisor, nova, service


def test_read_is_two_requests_sorted():
    connection = nova([service("b"), service("a")], hypervisors=[hypervisor("b"), hypervisor("a")])
    found = services.read(connection)
    assert [one["host"] for one in found["services"]] == ["a", "b"]
    assert found["hypervisors"] == [dict(host=host, id="uuid-" + host, name=host, type="fake") for host in "ab"]
    asked = [("/os-services", dict(binary="nova-compute"), "2.69"), ("/os-hypervisors/detail", {}, "2.53")]
    assert connection.compute.requests == asked


def test_read_says_all_of_a_service():
    expected = dict(host="a", id="7", state="up", status="enabled", disabled_reason=None)
    expected.update(forced_down=False, updated_at=NOW)
    assert services.read(nova([service("a")]))["services"] == [expected]


@pytest.mark.parametrize(
    ("key", "value"), [("updated_at", "now"), ("updated_at", 1), ("state", None), ("state", "UP"), ("status", None)]
)
def test_a_record_that_nova_does_not_write_is_no_answer(key, value):
    """A state of another spelling would read as down, so that a running nova-compute would be overlooked."""
    with pytest.raises(NovaError, match="nova's API answered something else: "):
        services.services(nova([dict(service("a"), **{key: value})]))


def test_a_service_without_a_heartbeat_is_a_record_of_nova():
    assert services.services(nova([service("a", updated_at=None)]))[0]["updated_at"] is None


@pytest.mark.parametrize(("number", "named"), [(1, "h00,"), (10, "h08, h09,"), (12, "h08, h09 and 2 others,")])
def test_a_cell_that_is_down_is_named_by_its_services(number, named):
    lost = [dict(host=f"h{index:02}", binary="nova-compute", status="UNKNOWN") for index in range(number)]
    with pytest.raises(
        NovaError, match=rf"^nova cannot reach the cell of (h\d\d, )*{named} so the services there are unknown"
    ):
        services.services(nova([service("a"), *lost]))


def test_a_nova_is_asked_no_newer_api_than_it_has():
    connection = nova([service("a")], newest=(2, 60))
    services.services(connection)
    assert connection.compute.requests == [("/os-services", dict(binary="nova-compute"), "2.60")]


def test_a_nova_that_does_not_tell_its_newest_api_must_have_the_one_that_names_cells_that_are_down():
    connection = nova([service("a")], newest=None)
    services.services(connection)
    assert connection.compute.requests == [("/os-services", dict(binary="nova-compute"), "2.69")]


def test_hypervisors_come_in_pages_asked_for_at_the_same_address():
    links = [dict(rel="next", href="http://inside:8774/v2.1/os-hypervisors/detail?limit=1&marker=uuid-a")]
    pages = {
        None: dict(hypervisors=[hypervisor("a")], hypervisors_links=links),
        "uuid-a": dict(hypervisors=[hypervisor("b")]),
    }
    connection = nova()
    connection.compute.get = lambda url, params, microversion: answer(pages[params.get("marker")])
    assert [node["host"] for node in services.hypervisors(connection)] == ["a", "b"]
    pages["uuid-a"]["hypervisors_links"] = links
    with pytest.raises(NovaError, match="a page whose next one is a page before it"):
        services.hypervisors(connection)


def test_an_api_error_is_ours_with_a_cure():
    connection = nova()
    connection.compute.get = lambda *_url, **_options: answer({}, status=503)
    with pytest.raises(NovaError, match=r"nova's API did not answer.*503.*Check services_cloud"):
        services.read(connection)


@pytest.mark.parametrize(
    ("record", "since", "up"),
    [
        (None, None, False),
        (service("a", "down"), None, False),
        (service("a"), None, True),
        (service("a"), "2026-11-23T01:02:02.999999999Z", True),
        # In the second of the start, the heartbeat is from the predecessor.
        (service("a"), "2026-11-23T01:02:03.1Z", False),
        # nova shows a dead service as up for another minute.
        (service("a"), "2026-11-23T01:02:04Z", False),
        (service("a", updated_at=None), "2026-11-23T01:02:04Z", True),
    ],
)
def test_up_means_a_heartbeat_since_the_start(record, since, up):
    assert services.is_up(record, since) is up


def test_an_answer_that_lacks_what_each_has_is_ours_with_a_cure():
    for broken in (["a"], [None], [{"host": "a"}], "a"):
        with pytest.raises(NovaError, match="answered something else: .* is not in maintenance"):
            services.services(nova(broken))


def test_beating_are_those_whose_heartbeat_moved():
    first = [service("moves"), service("dead"), service("other")]
    second = [service("moves", updated_at=LATER), service("dead"), service("other", updated_at=LATER)]
    assert services.beating(nova(first, second), ["moves", "dead", "unknown"], 0.05) == ["moves"]


def test_a_record_that_was_deleted_meanwhile_does_not_beat():
    assert services.beating(nova([service("a")], []), ["a"], 0.05) == []


def test_listening_ends_when_all_beat():
    connection = nova([service("a")], [service("a", updated_at=LATER)])
    assert services.beating(connection, ["a"], 60) == ["a"]


def test_nobody_to_listen_to_costs_no_time():
    assert services.beating(nova([service("a")]), [], 60) == []


def test_disable_and_delete_go_by_the_records_id():
    connection = nova([])
    services.disable(connection, "u7", "gone")
    services.delete(connection, dict(host="a", id="u7"))
    services.enable(connection, "u8")
    assert connection.compute.requests == [("disable", "u7", "gone"), ("delete", "u7"), ("enable", "u8")]


def test_a_refusal_of_nova_to_delete_is_no_silence():
    connection = nova([])
    refusal = openstack.exceptions.ConflictException("hosting instances")
    connection.compute.delete_service = lambda service: (none for none in ()).throw(refusal)
    with pytest.raises(NovaError, match="a: nova refuses to delete the service: .*hosting instances"):
        services.delete(connection, dict(host="a", id="u7"))


@pytest.mark.parametrize(("newest", "said"), [((2, 104), "2.104"), (None, None)])
def test_novas_newest_microversion(newest, said):
    assert services.newest_microversion(nova([], newest=newest)) == said
