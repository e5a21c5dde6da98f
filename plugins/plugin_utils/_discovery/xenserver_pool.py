# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the members of a XenServer pool with XenAPI, which is XML-RPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.xapi import (
    NOT_A_XENSERVER,
    XapiError,
    XapiSession,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint


def fetch(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Ask any member of a pool for all its members.

    Args:
        endpoint: Endpoint with its account in the clear.

    Returns:
        list of dict, as members() makes them.

    Raises:
        DiscoveryError: the pool cannot be asked.
    """
    try:
        return _ask(endpoint)
    except XapiError as error:
        if error.code != "HOST_IS_SLAVE":
            raise _explained(endpoint, error) from error
        master = replace(endpoint, address=error.details[0])
    try:
        return _ask(master)
    except XapiError as error:
        raise _explained(master, error) from error
    except DiscoveryError as error:
        cure = f"{endpoint.address} names this server as its pool's master. Set the address to the master."
        raise DiscoveryError(*(f"{problem} {cure}" for problem in error.problems)) from error


def _explained(endpoint: Endpoint, error: XapiError) -> DiscoveryError:
    words = ": ".join([error.code, *error.details])
    if error.code == "SESSION_AUTHENTICATION_FAILED":
        return endpoint.refused(words)
    return DiscoveryError(
        f"{endpoint.option}: {endpoint.address} answers {words}. Name the pool's master, and an account there."
    )


def _ask(endpoint: Endpoint) -> list[dict[str, Any]]:
    url = f"https://{_in_url(endpoint.address)}:{endpoint.port}/"
    tls = endpoint.context()
    try:
        with XapiSession(url, tls, endpoint.timeout) as session:
            session.login(endpoint.username, endpoint.password)
            return members(session.call("pool.get_all_records"), session.call("host.get_all_records"))
    except OSError as error:
        raise endpoint.unreachable(error) from error
    except NOT_A_XENSERVER as error:
        reason = str(error) or type(error).__name__
        raise DiscoveryError(
            f"{endpoint.option}: {endpoint.address} does not answer as a XenServer: {reason}. Correct address and port."
        ) from error


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def members(pools: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Describe the members of a pool from XenAPI's records.

    Args:
        pools: dict, reference -> record of class pool. There is exactly one.
        hosts: dict, reference -> record of class host.

    Returns:
        list of dict by host name: hostname, label, address, uuid, enabled, master, pool, version, tags.
    """
    pool = next(iter(pools.values()), {})
    found = [
        dict(
            hostname=host["hostname"],
            label=host["name_label"],
            address=host["address"],
            uuid=host["uuid"],
            enabled=bool(host["enabled"]),
            master=reference == pool.get("master"),
            pool=pool.get("name_label") or "",
            version=host.get("software_version", {}).get("product_version", ""),
            tags=sorted(host.get("tags", ())),
        )
        for reference, host in hosts.items()
    ]
    return sorted(found, key=lambda member: (member["hostname"], member["uuid"]))


def refused(option: str, chosen: list[dict[str, Any]]) -> list[str]:
    """Find members that nova cannot use.

    Rule: os_xenapi.client.session.XenAPISession of os-xenapi 0.3.4, which finds members by the IPv4 address in
        connection_url, except the master.

    Args:
        option: str, the pool's place in the file.
        chosen: list of dict, as members() makes them.

    Returns:
        list of str
    """
    return [
        f"{option}: the member {member['hostname']} has the address {member['address'] or 'none'!r}, and nova's driver "
        "needs an IPv4 address to find it in its pool. Give its management interface one, or leave the member out "
        "with exclude."
        for member in chosen
        if not member["address"] or ":" in member["address"]
    ]
