# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova needs of an Ironic: asks for its version, shards and conductors in one login, then judges each target."""

from __future__ import annotations

import contextlib
import difflib
import json
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls as _tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    Outcome,
    PreflightFinding,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.hypervisor import PreflightDriver
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.ironic_api import (
    ApiError,
    IronicSession,
    NoEndpoint,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import probe
from ansible_collections.novafleet.compute.plugins.module_utils._urls import place_of_url

CHECKS = ("name", "port", "certificate", "login", "endpoint", "version", "nodes")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    target=dict(type="str", required=True),
    variable=dict(type="str", default="services_ironic"),
    account=dict(type="json", required=True),
    password=dict(type="str", default="", no_log=True),
    ca_file=dict(type="path"),
    authority=dict(type="str", default=""),
    ca_in_image=dict(type="bool", default=False),
    insecure=dict(type="bool", default=False),
    shard=dict(type="str", default=""),
    conductor_group=dict(type="str"),
)
PORTS = {"http": 80, "https": 443}
WITHOUT_KEYSTONE = ("none", "http_basic")
# nova needs the first one anyway, and the second for a shard. With an older Ironic it asks for the nodes without their
# shard, and so manages all (nova/virt/ironic/driver.py, _refresh_cache).
LEAST, SHARDS, CONDUCTORS = (1, 46), (1, 82), (1, 49)
MOST_NAMES = 5
TRUST = (
    "cafile",
    "Name the certificate of its authority on the controller in services_files, such as {openstack.pem: "
    "/etc/ssl/openstack.pem}, and set cafile to /etc/nova/openstack.pem.",
)
URL_OPTIONS = dict(address=("auth_url", "Use a name that the certificate is for."), trust=TRUST)
CORRECT_ENDPOINT = "Correct the catalog of Keystone, or set endpoint_override to the URL of Ironic."
ENDPOINT_OPTIONS = dict(address=("endpoint_override", CORRECT_ENDPOINT), trust=TRUST)


def _account(target: Mapping[str, Any]) -> dict[str, str]:
    return json.loads(target["account"])


def _url(account: Mapping[str, str]) -> str:
    alone = account.get("auth_type") in WITHOUT_KEYSTONE
    return account.get("endpoint_override" if alone else "auth_url") or ""


def _place(target: Mapping[str, Any]) -> tuple[str, int]:
    return place_of_url(_url(_account(target)), PORTS)


def ask(options: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """Read what an account sees of Ironic.

    Args:
        options: dict with account, password, address, port, ca_file, authority, insecure.
        timeout: seconds for one answer.

    Returns:
        dict with
            endpoint: URL of Ironic,
            version: of its API, a pair of numbers,
            shards: name, or "" for nodes without one -> number of nodes; None if Ironic has no shards,
            groups: conductor groups of the conductors that are alive; None if Ironic does not list them.

    Raises:
        CheckFailed
    """
    account = _account(options)
    # keystoneauth1/loading/session.py: insecure overrides cafile.
    insecure = options["insecure"]
    trusted = (None, "") if insecure else (options["ca_file"], options["authority"])
    tls = _tls.contexts.get(trusted[0], insecure, trusted[1])
    if _is_https(_url(account)):
        _tls.handshake(options["address"], options["port"], tls, timeout, URL_OPTIONS)
    session = IronicSession(account, options["password"], tls, timeout)
    with _refusals(account):
        session.login()
    address, port = place_of_url(session.endpoint, PORTS)
    if (address, port) != (options["address"], options["port"]):
        _reach_endpoint(session.endpoint, address, port, tls, timeout)
    return _facts(session, account)


def _is_https(url: str) -> bool:
    return url.lower().startswith("https:")


def _reach_endpoint(url: str, address: str, port: int, tls: ssl.SSLContext, timeout: float) -> None:
    """Keystone was reached before. Its catalog may name another place, which was not."""
    if not address:
        raise CheckFailed("endpoint", "endpoint_override", f"{url!r} is not a URL of Ironic.", CORRECT_ENDPOINT)
    silent = probe(address, port, timeout)
    if silent:
        problem = f"{address} port {port}, where Ironic should be, does not answer: {silent.reason}."
        cure = f"Start ironic-api there, or open the way to it from this Docker host. {CORRECT_ENDPOINT}"
        raise CheckFailed("endpoint", "endpoint_override", problem, cure)
    if _is_https(url):
        _tls.handshake(address, port, tls, timeout, ENDPOINT_OPTIONS)


def _facts(session: IronicSession, account: Mapping[str, str]) -> dict[str, Any]:
    option = "endpoint_override"
    groups = None
    try:
        version = session.version()
        shards = _shards(session) if version >= SHARDS else None
        if version >= CONDUCTORS:
            alive = [one for one in session.listed("conductors", "1.49") if one.get("alive")]
            groups = sorted({str(one.get("conductor_group") or "").lower() for one in alive})
    except ApiError as error:
        if error.status in (401, 403):
            raise _forbidden(error, account) from error
        problem = f"{session.endpoint} does not answer as Ironic does: {error}."
        raise CheckFailed("endpoint", option, problem, CORRECT_ENDPOINT) from error
    except (OSError, ValueError) as error:
        problem = f"{session.endpoint} does not answer: {_reason(error)}."
        cure = "Start ironic-api there, open the way to it from this Docker host, or correct its address."
        raise CheckFailed("endpoint", option, problem, cure) from error
    return dict(endpoint=session.endpoint, version=version, shards=shards, groups=groups)


def _shards(session: IronicSession) -> dict[str, int]:
    shards = {}
    for one in session.listed("shards", "1.82"):
        count = one.get("count") or 0
        if not isinstance(count, int):
            raise ApiError(0, f"a shard's count of nodes is {count!r}")
        shards[str(one.get("name") or "")] = count
    return shards


def _forbidden(error: ApiError, account: Mapping[str, str]) -> CheckFailed:
    """Ironic shows its shards and conductors only to such accounts (ironic/common/policy.py of 39.0.0)."""
    if account["auth_type"] in WITHOUT_KEYSTONE:
        option, cure = "username", "Correct username and password, or auth_type."
    else:
        option = "system_scope"
        cure = (
            "Set it to all and give the account the role admin or service in the system. Or give it the role service "
            "in Ironic's rbac_service_project_name, with rbac_service_role_elevated_access."
        )
    return CheckFailed("login", option, f"the account may not list what Ironic has: {error}.", cure)


@contextlib.contextmanager
def _refusals(account: Mapping[str, str]) -> Iterator[None]:
    """Turn an error of the login into a CheckFailed that names nova's options."""
    try:
        yield
    except NoEndpoint as error:
        problem = f"is not set, and the catalog of Keystone {error}."
        cure = "Correct region_name or valid_interfaces, register Ironic in Keystone, or set endpoint_override."
        raise CheckFailed("endpoint", "endpoint_override", problem, cure) from error
    except ApiError as error:
        if error.status == 401:
            option, who = _who(account)
            problem = f"Keystone refuses {who}: {error}."
            cure = "Correct the account, its secret, its domains or its project."
            raise CheckFailed("login", option, problem, cure) from error
        problem = f"{account['auth_url']} does not log in: {error}."
        raise CheckFailed(
            "login", "auth_url", problem, "Write the URL of Keystone, such as https://host/v3."
        ) from error
    except (OSError, ValueError) as error:
        problem = f"{account.get('auth_url')} stopped answering: {_reason(error)}."
        raise CheckFailed("login", "auth_url", problem, "Check that Keystone is healthy.") from error


def _who(account: Mapping[str, str]) -> tuple[str, str]:
    if account["auth_type"] == "v3applicationcredential":
        return "application_credential_secret", "the application credential"
    return "password", f"the user {account.get('username') or account.get('user_id')!r} with this password"


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__).rstrip(".")


def judge(target: Mapping[str, Any], facts: Mapping[str, Any]) -> Outcome:
    """Find the problems that nova-compute would have. Pure.

    Args:
        target: dict with shard and conductor_group.
        facts: dict, as ask() returns it.

    Returns:
        Outcome
    """
    needed = SHARDS if target["shard"] else LEAST
    if facts["version"] < needed:
        have, need = ("{}.{}".format(*version) for version in (facts["version"], needed))
        problem = f"Ironic's API has the version {have}; nova needs {need}, and manages all nodes otherwise."
        option = "shard" if target["shard"] else "endpoint_override"
        finding = PreflightFinding("version", option, problem, "Upgrade Ironic, or use conductor_group.")
        return Outcome((finding,), stopped_at="version")
    group = target["conductor_group"]
    part = " and ".join(
        [
            *([f"the shard {target['shard']!r}"] if target["shard"] else []),
            *([f"the conductor group {group!r}"] if group is not None else []),
        ]
    )
    return Outcome(
        findings=tuple(_nodes(target, facts)),
        identity="/".join(("ironic", facts["endpoint"], target["shard"], "*" if group is None else group)).lower(),
        called=f"{part or 'all nodes'} of the Ironic {facts['endpoint']}",
    )


def _nodes(target: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    shards, shard, group = facts["shards"], target["shard"], target["conductor_group"]
    if shard and not shards.get(shard):
        names = sorted(name for name, count in shards.items() if name and count)
        problem = f"Ironic has no node in the shard {shard!r} that the account sees."
        yield PreflightFinding("nodes", "shard", problem, _other(shard, names, "openstack baremetal node set --shard"))
    elif not shard and shards is not None and not sum(shards.values()):
        cure = "Enroll a node first, or give the account a role that sees the nodes."
        yield PreflightFinding("nodes", "", "Ironic has no node that the account sees.", cure)
    if group is not None and facts["groups"] is not None and group.lower() not in facts["groups"]:
        problem = f"no conductor that is alive has the conductor group {group!r}."
        cure = _other(group, [name for name in facts["groups"] if name], "[conductor] conductor_group of ironic.conf")
        yield PreflightFinding("nodes", "conductor_group", problem, cure)


def _other(name: str, names: list[str], where: str) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    known = f"Use one of {', '.join(map(repr, names[:MOST_NAMES]))}{more}, or set it" if names else "Set it"
    return f"{known} in Ironic first ({where})."


DRIVER = PreflightDriver(
    name="ironic",
    argument_spec=ARGUMENT_SPEC,
    checks=CHECKS,
    address_option="auth_url",
    place=_place,
    access=("account", "password", "ca_file", "authority", "ca_in_image", "insecure"),
    verifies=lambda target: _url(_account(target)).startswith("https:") and not target["insecure"],
    ask=ask,
    judge=judge,
)
