# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_declarations import bus_declarations
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import merge


def declared(query="", releases=("34.0.0",), exchange=None, **options):
    """Name -> what is declared."""
    default = dict(transport_url=f"rabbit://b1/{query}", **({"control_exchange": exchange} if exchange else {}))
    conf = merge({"DEFAULT": default, "oslo_messaging_rabbit": options})
    return {one["name"]: one for one in bus_declarations(conf, releases)}


def test_without_options_nothing_is_durable():
    found = declared()
    assert [(one["kind"], one.get("type")) for one in found.values()] == [
        ("exchange", "topic"),
        ("queue", None),
        ("exchange", "fanout"),
    ]
    assert list(found) == ["nova", "compute", "compute_fanout"]
    assert not any(one["durable"] for one in found.values())
    assert (found["compute"]["arguments"], found["compute"]["falls_back"]) == ({}, False)
    assert [one["auto_delete"] for one in found.values()] == [False, False, True]
    assert "site" in declared(exchange="site")


@pytest.mark.parametrize(
    ("options", "durable", "arguments", "falls_back"),
    [
        (dict(amqp_durable_queues=True), True, {}, True),
        (dict(rabbit_quorum_queue="yes"), True, {"x-queue-type": "quorum"}, False),
        (dict(rabbit_quorum_queue=False, rabbit_quorum_delivery_limit=9), False, {}, False),
        (
            dict(rabbit_quorum_queue=True, rabbit_quorum_delivery_limit=9, rabbit_quorum_max_memory_length=0),
            True,
            {"x-queue-type": "quorum", "x-delivery-limit": 9},
            False,
        ),
        (dict(rabbit_ha_queues=True), False, {"x-ha-policy": "all"}, False),
    ],
)
def test_the_queue_of_all_computes(options, durable, arguments, falls_back):
    queue, exchange = declared(**options)["compute"], declared(**options)["nova"]
    assert (queue["durable"], queue["arguments"], queue["falls_back"]) == (durable, arguments, falls_back)
    assert exchange["durable"] == durable


def test_the_transport_url_overrides():
    assert declared("?rabbit_quorum_queue=true", rabbit_quorum_queue=False)["compute"]["durable"]


def test_names_of_options_that_decide():
    options = declared(rabbit_quorum_queue=True, rabbit_quorum_delivery_limit=9)["compute"]["options"]
    assert options == ["rabbit_quorum_queue", "amqp_durable_queues", "amqp_auto_delete", "rabbit_quorum_delivery_limit"]


def test_fanouts_have_options_of_their_own():
    for name in ("rabbit_transient_quorum_queue", "rabbit_stream_fanout"):
        found = declared(**{name: True})
        assert (found["compute_fanout"]["durable"], found["compute"]["durable"]) == (True, False)


@pytest.mark.parametrize(("releases", "expected"), [(["21.2.4"], False), (["21.2.4", "34.0.0"], False), ([], True)])
def test_an_old_nova_does_not_fall_back(releases, expected):
    assert declared(releases=releases, amqp_durable_queues=True)["nova"]["falls_back"] is expected
