# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether services of Docker hosts that are given up may be started on others.  Pure.

Two nova-computes under one service host corrupt each other, and silence is no proof of death: what is believed is
the word of somebody who cut the power, or a long silence of all of them in nova while others are heard.
"""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._nova import utc_seconds

# What an interrupted failover left: made, and never started.
CREATED = "created"
SHOWN = 10


def lost(targets, answers, gone, records):
    """The targets that have to be started elsewhere.

    Args:
        targets: list of dict with service.
        answers: dict, Docker host -> result of the module containers_info.
        gone: list of str, Docker hosts that are given up.
        records: list of dict as the module nova_services_info returns services.

    Returns:
        list of dict, those of the targets that nova knows and that have no container on the other Docker hosts. One
        that nova never saw is left to the next deployment.
    """
    kept = {
        one["name"]
        for host, answer in answers.items()
        if host not in gone
        for one in answer.get("services") or ()
        if one["state"] != CREATED
    }
    known = {one["host"] for one in records}
    return [one for one in targets if one["service"] in known - kept]


def problems(services, gone, fenced, hosts, answers, records, beating, after):
    """Everything that forbids a failover.

    Args:
        services: list of str, the service hosts that would be started elsewhere.
        gone: list of str, Docker hosts that are given up.
        fenced: list of str, those of them that somebody says are without power.
        hosts: list of str, all Docker hosts of the inventory.
        answers: dict, Docker host -> result of the module containers_info.
        records: list of dict as the module nova_services_info returns services.
        beating: list of str, service hosts whose heartbeat moved on while it was listened to.
        after: seconds of silence that prove death without anybody's word.

    Returns:
        list of str, each with host or service, variable and cure.
    """
    found = [
        f"{host}: services_failover: is not in the group nova_compute_hosts. Name the Docker hosts that are dead."
        for host in sorted(set(gone) - set(hosts))
    ]
    found += [
        f"{host}: services_failover_fenced: is not in services_failover. Correct its name."
        for host in sorted(set(fenced) - set(gone))
    ]
    for host in sorted(hosts):
        found += _host(host, host in gone, answers.get(host, {}))
    found += [
        f"{service}: lives: its heartbeat moved on while it was listened to, so its Docker host is cut off and not "
        "dead. Cut its power first."
        for service in sorted(beating)
    ]
    if set(gone) - set(fenced):
        found += _silence(set(services) - set(beating), records, after)
    return found


def returned(host, answers):
    """What is on a Docker host that came back after a failover, and has been started elsewhere meanwhile.

    Args:
        host: str, the Docker host.
        answers: dict, Docker host -> result of the module containers_info.

    Returns:
        list of str, the services that run on another Docker host.
    """
    return sorted(
        {
            one["name"]
            for other, answer in answers.items()
            if other != host
            for one in answer.get("services") or ()
            if one["state"] == "running"
        }
    )


def _host(host, given_up, answer):
    if given_up and "services" in answer:
        names = [one["name"] for one in answer["services"] if one["state"] == "running"]
        yield (
            f"{host}: services_failover: its Docker engine answers and runs {_some(names)}: it is not dead. To empty "
            "it, set services_weight: 0 for it and deploy with services_move: balanced."
        )
    elif not given_up and "services" not in answer:
        yield (
            f"{host}: nova_compute_hosts: does not answer or was left out by --limit, and nobody else tells which of "
            "the services run there. Bring it back, or name it in services_failover if it is dead, too."
        )


def _some(names):
    return (
        f"{', '.join(names[:SHOWN])}{' and others' if len(names) > SHOWN else ''}" if names else "nothing of the fleet"
    )


def _silence(services, records, after):
    """Silence is measured against the newest heartbeat of others, so that no clock but nova's matters."""
    if not services:
        return
    beats = {one["host"]: utc_seconds(one["updated_at"]) for one in records if one["updated_at"]}
    up = {one["host"] for one in records if one["state"] == "up"}
    others = [beat for host, beat in beats.items() if host not in services]
    if not others:
        yield (
            "services_failover_fenced: nova has heard of no other nova-compute, so silence may be its message bus's. "
            "Name the Docker hosts there once their power is cut."
        )
        return
    for service in sorted(services):
        silent = max(others) - beats[service] if service in beats else None
        if silent is None or silent < after or service in up:
            heard = "tells no heartbeat of it" if silent is None else f"heard of it {max(0, silent):.0f} s ago"
            yield (
                f"{service}: may live: nova {heard}, and believes in its death after {after} s "
                "(services_failover_after). Wait, or cut the Docker host's power and name it in "
                "services_failover_fenced."
            )
