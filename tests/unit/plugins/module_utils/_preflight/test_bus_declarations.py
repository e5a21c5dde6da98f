# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a broker and nova.conf; tests/integration/test_preflight_bus.py has a RabbitMQ."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.amqp import Closed
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_declarations import (
    difference,
    differences,
)

DURABLE = Closed(406, "PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'nova'")
TYPE = Closed(406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'compute'")


def wanted(kind, name, falls_back=False):
    return dict(kind=kind, name=name, falls_back=falls_back, options=["rabbit_quorum_queue"])


class Broker:
    """Refuses passive declarations of names with an error, and active ones; keeps the names of these."""

    def __init__(self, passive=None, active=None):
        self.passive, self.active, self.declared = passive or {}, active or {}, []

    def declare(self, one, passive=False):
        if not passive:
            self.declared.append(one["name"])
        error = (self.passive if passive else self.active).get(one["name"])
        if error:
            raise error


def found(broker, falls_back=False):
    entities = [wanted("exchange", "nova", falls_back), wanted("queue", "compute", falls_back)]
    return [(one.declared["name"], one.said[:3]) for one in differences(broker, entities)]


@pytest.mark.parametrize("error", [Closed(404, "NOT_FOUND - no queue"), Closed(403, "ACCESS_REFUSED")])
def test_what_is_not_there_or_not_to_be_seen_is_never_declared(error):
    broker = Broker(passive=dict(nova=error, compute=error))
    assert (found(broker), broker.declared) == ([], [])


def test_what_is_there_is_compared():
    assert found(Broker()) == []
    assert found(Broker(active=dict(nova=DURABLE, compute=TYPE))) == [("nova", "406"), ("compute", "406")]
    # It was deleted, or the account lost its right, between the two questions.
    assert found(Broker(active=dict(compute=Closed(403, "ACCESS_REFUSED")))) == []


def test_what_nova_puts_up_with_is_no_difference():
    assert found(Broker(active=dict(nova=DURABLE, compute=TYPE)), falls_back=True) == [("compute", "406")]


def test_all_differences_are_told_in_one_sentence():
    broker = Broker(active=dict(nova=DURABLE, compute=TYPE))
    failed = difference(list(differences(broker, [wanted("exchange", "nova"), wanted("queue", "compute")]))).finding
    assert failed.problem == (
        "RabbitMQ has the exchange nova and the queue compute with other properties than the nova.conf asks for "
        "(406 PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'compute')."
    )
    assert failed.cure.startswith(
        "Set rabbit_quorum_queue in services_nova_conf.oslo_messaging_rabbit as nova's conductor"
    )
