# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova-compute declares on its message bus and shares with other services of the cloud.

oslo.messaging declares them again at each start (_drivers/impl_rabbit.py, declare_topic_consumer and
declare_fanout_consumer), and RabbitMQ refuses what differs from what is there.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import numbers, rabbit_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf

# nova/config.py and nova/compute/rpcapi.py.
EXCHANGE, TOPIC = "nova", "compute"
QUORUM = "rabbit_quorum_queue"
TRANSIENT_QUORUM, STREAM = "rabbit_transient_quorum_queue", "rabbit_stream_fanout"
OPTIONS = [QUORUM, "amqp_durable_queues", "amqp_auto_delete"]
# Where these are more than 0.
LIMITS = {
    "rabbit_quorum_delivery_limit": "x-delivery-limit",
    "rabbit_quorum_max_memory_length": "x-max-in-memory-length",
    "rabbit_quorum_max_memory_bytes": "x-max-in-memory-bytes",
}
# Later ones declare a thing that is not durable where a durable one is refused (_declare_fallback).
LAST_WITHOUT_FALLBACK = 21


def bus_declarations(conf: Conf, releases: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Exchanges and queues that all services nova-compute of a cloud share, as a nova.conf asks for them.

    Args:
        conf: the service's nova.conf.
        releases: of nova, as far as they are known.

    Returns:
        list of dict, as the option bus.declared of the module preflight takes it.
    """
    options = rabbit_options(conf)
    quorum, arguments = _is_true(options, QUORUM), _arguments(options)
    durable = quorum or _is_true(options, "amqp_durable_queues")
    falls_back = not quorum and min(numbers(releases), default=LAST_WITHOUT_FALLBACK + 1) > LAST_WITHOUT_FALLBACK
    common = dict(
        durable=durable,
        auto_delete=_is_true(options, "amqp_auto_delete"),
        falls_back=durable and falls_back,
        options=[*OPTIONS, *(name for name, key in LIMITS.items() if key in arguments)],
    )
    exchange = ini.value(conf, "DEFAULT", "control_exchange") or EXCHANGE
    fanout = dict(
        durable=_is_true(options, TRANSIENT_QUORUM) or _is_true(options, STREAM),
        auto_delete=True,
        options=[TRANSIENT_QUORUM, STREAM],
    )
    return [
        dict(common, kind="exchange", name=exchange, type="topic"),
        dict(common, kind="queue", name=TOPIC, arguments=arguments),
        dict(fanout, kind="exchange", name=f"{TOPIC}_fanout", type="fanout"),
    ]


def _arguments(options: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"x-ha-policy": "all"} if _is_true(options, "rabbit_ha_queues") else {}
    if _is_true(options, QUORUM):
        found["x-queue-type"] = "quorum"
        values = {key: options.get(name, "0").strip() for name, key in LIMITS.items()}
        found.update((key, int(value)) for key, value in values.items() if value.isdigit() and int(value))
    return found


def _is_true(options: Mapping[str, str], name: str) -> bool:
    return ini.is_true(options.get(name, ""))
