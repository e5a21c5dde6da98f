# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a preflight: tries each hypervisor and message bus once for all of its targets, all at the same time."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import ironic, vcenter, xenserver
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.at_once import LATE, at_once
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus import Bus
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import Outcome, rows, sentences
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.hypervisor import (
    ANSWERS,
    Hypervisor,
    hypervisors,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import (
    Unreachable,
    probe_all,
    unreachable,
)

# The drivers whose hypervisors are asked, one on each line.
DRIVERS = (
    vcenter.DRIVER,
    xenserver.DRIVER,
    ironic.DRIVER,
)


def answer(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Run a preflight.

    Args:
        params: with the keys of ARGUMENT_SPEC (arguments.py).
        check_mode: whether libraries may be yet to come.

    Returns:
        problems, checks, hypervisors and seconds, as the module preflight documents them.
    """
    begin = time.monotonic()
    silent = unreachable(params["endpoints"], params["timeout"])
    to_come = check_mode and params["pyvmomi_to_come"]
    targets = {
        driver.name: [dict(target, library_to_come=to_come) for target in params[driver.name]] for driver in DRIVERS
    }
    told = [(endpoint["address"], endpoint["port"]) for endpoint in params["endpoints"]]
    found = preflight(targets, params["timeout"], params["authorities"], params["bus"], told)
    found["problems"] = silent + found["problems"]
    return dict(found, seconds=round(time.monotonic() - begin, 1))


def preflight(
    targets: Mapping[str, list[dict[str, Any]]],
    timeout: float,
    authorities: Mapping[str, str] | None = None,
    buses: Iterable[Mapping[str, Any]] = (),
    reported: Collection[tuple[str, int]] = (),
) -> dict[str, Any]:
    """Try all targets.

    Args:
        targets: name of a driver -> its targets, as the module preflight documents them.
        timeout: seconds that a connection and each answer may take.
        authorities: name that a target's authority has -> certificates in PEM.
        buses: as the module preflight documents them.
        reported: (address, port) of places that another check reports if nothing answers there.

    Returns:
        dict with checks, problems and hypervisors, as the module preflight documents them.
    """
    known = authorities or {}
    tried = [machine for driver in DRIVERS for machine in hypervisors(driver, targets.get(driver.name) or [], known)]
    asked: list[Hypervisor | Bus] = [
        *tried,
        *(Bus(dict(bus, authority=known.get(bus.get("authority") or "", "")), reported) for bus in buses),
    ]
    outcomes = _outcomes(asked, timeout)
    checks = [
        row
        for peer, those in zip(asked, outcomes)
        for target, outcome in zip(peer.targets, those)
        for row in rows(target, peer.checks, outcome)
    ]
    return dict(checks=checks, problems=sentences(checks), hypervisors=_identities(tried, outcomes))


def _outcomes(asked: list[Hypervisor | Bus], timeout: float) -> list[list[Outcome]]:
    """Outcomes of the targets of each hypervisor or bus, in their order."""
    reached = probe_all([place for peer in asked for place in peer.places], timeout)
    answering = [peer for peer in asked if any(reached[place] is None for place in peer.places)]
    answers = dict(zip(answering, at_once(lambda peer: peer.ask(timeout, reached), answering, ANSWERS * timeout)))
    return [_outcomes_of(peer, answers, reached, timeout) for peer in asked]


def _outcomes_of(
    peer: Hypervisor | Bus,
    answers: Mapping[Hypervisor | Bus, Any],
    reached: Mapping[tuple[str, int], Unreachable | None],
    timeout: float,
) -> list[Outcome]:
    if peer not in answers:
        return [peer.unreachable(reached)] * len(peer.targets)
    return [peer.late(timeout)] * len(peer.targets) if answers[peer] is LATE else answers[peer]


def _identities(tried: list[Hypervisor], outcomes: list[list[Outcome]]) -> list[dict[str, str]]:
    return [
        dict(target=target["target"], variable=target["variable"], identity=outcome.identity, called=outcome.called)
        for hypervisor, those in zip(tried, outcomes)
        for target, outcome in zip(hypervisor.targets, those)
        if outcome.identity
    ]
