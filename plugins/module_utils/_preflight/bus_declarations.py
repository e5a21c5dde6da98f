# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchanges and queues that a cloud has already, compared with those that nova-compute will declare.

No method of AMQP shows the properties of a queue.  But one that declares a queue that exists does nothing where the
properties are equal, and is refused where they are not (queue.declare, rule "existing").  So only what exists is
declared once more, and nothing is ever created.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import amqp
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_tls import SECTION
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed

PRECONDITION_FAILED = 406
# What RabbitMQ says where only this differs.
NOT_DURABLE = "inequivalent arg 'durable'"

ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    kind=dict(type="str", choices=list(amqp.DECLARE_METHODS), required=True),
    name=dict(type="str", required=True),
    type=dict(type="str", default=""),
    durable=dict(type="bool", default=False),
    auto_delete=dict(type="bool", default=False),
    arguments=dict(type="dict", default={}),
    falls_back=dict(type="bool", default=False),
    options=dict(type="list", elements="str", default=[]),
)


class Difference(NamedTuple):
    """An exchange or queue that is not as nova-compute will declare it, and what RabbitMQ says about it."""

    declared: Mapping[str, Any]
    said: str


def differences(connection: amqp.AmqpConnection, declared: Iterable[Mapping[str, Any]]) -> Iterator[Difference]:
    """Compare what exists with what will be declared.

    Args:
        connection: to a virtual host.
        declared: dicts with the keys of ARGUMENT_SPEC.
    """
    for one in declared:
        try:
            connection.declare(one, passive=True)
            connection.declare(one)
        except amqp.Closed as error:
            # An exchange or queue that does not exist, or that this account may not see, does not differ.
            tolerated = one["falls_back"] and NOT_DURABLE in error.text
            if error.code == PRECONDITION_FAILED and not tolerated:
                yield Difference(one, f"{error.code} {error.text.rstrip('.')}")


def difference(found: list[Difference]) -> CheckFailed:
    """The problem text for all differences of a bus."""
    names = " and ".join(f"the {one.declared['kind']} {one.declared['name']}" for one in found)
    options = dict.fromkeys(option for one in found for option in one.declared["options"])
    # The queue's says more, as a quorum queue makes its exchange durable.
    said = next((one.said for one in found if one.declared["kind"] == "queue"), found[0].said)
    problem = f"RabbitMQ has {names} with other properties than the nova.conf asks for ({said})."
    cure = (
        f"Set {', '.join(options)} in {SECTION} as nova's conductor of this cloud has them. To change the cloud's own, "
        "stop all of its services, delete these, and start with the new options."
    )
    return CheckFailed("queue", "", problem, cure)
