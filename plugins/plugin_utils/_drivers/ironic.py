# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of an Ironic: the bare metal nodes of a shard or of a conductor group, or all nodes.

The sources of the rules are nova/virt/ironic/driver.py and nova/conf/ironic.py of 34.0.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import (
    Driver,
    OptionConflict,
    one_spelling,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf

SECTION = "ironic"
NAME = re.compile(r"[a-zA-Z0-9_.-]{1,255}")
PASSWORDS = ("password", "v3password")
WITHOUT_KEYSTONE = ("none", "http_basic")
CREDENTIAL = "v3applicationcredential"
# Accounts that module preflight can use, and the option that holds the secret of each.
SECRETS = {**dict.fromkeys((*PASSWORDS, "http_basic"), "password"), CREDENTIAL: "application_credential_secret"}
# Options without a secret that say where Ironic is, and who logs in. Module preflight gets these.
ACCOUNT = (
    "auth_type", "auth_url", "username", "user_id", "user_domain_name", "user_domain_id", "project_name", "project_id",
    "project_domain_name", "project_domain_id", "default_domain_name", "default_domain_id", "domain_name", "domain_id",
    "system_scope", "application_credential_id", "application_credential_name", "endpoint_override", "region_name",
    "service_type", "valid_interfaces",
)  # fmt: skip
SCOPES = ("project_name", "project_id", "domain_name", "domain_id", "system_scope", "trust_id")
# Options of scope().
NAMED_BY = ("endpoint_override", "auth_url", "region_name", "shard", "conductor_group")
ANY, DEFAULT_GROUP = "*", "''"
USUAL_PORTS = (80, 443)
VERSION = re.compile(r"/v\d+(\.\d+)?$")


def scope(options: Mapping[str, Any]) -> str:
    """What a service manages, with blanks between the parts: URL of Ironic, of Keystone, region, shard, group.

    "*" stands for any, and "''" for the conductor group of nodes without one.
    """
    group = options.get("conductor_group")
    parts = (
        _place(options.get("endpoint_override")),
        _place(options.get("auth_url")),
        str(options.get("region_name") or ANY),
        options.get("shard") or ANY,
        ANY if group is None else str(group) or DEFAULT_GROUP,
    )
    return " ".join(str(part).replace(" ", "") for part in parts)


def _place(url: Any) -> str:
    """One spelling for each URL of an API: by any scheme, with or without the version of the API."""
    text = str(url or ANY).strip().lower()
    try:
        parts = urlsplit(text)
        host, port = one_spelling(parts.hostname or ""), parts.port
    except ValueError:
        return text
    if not host:
        return text
    named = "" if port in (None, *USUAL_PORTS) else f":{port}"
    return host + named + VERSION.sub("", parts.path.rstrip("/"))


def overlap(one: str, other: str) -> str:
    """Why two services would manage the same nodes, or "". The arguments are results of scope()."""
    (*place, shard, group), (*other_place, other_shard, other_group) = one.split(" "), other.split(" ")
    if not _may_be_one(place, other_place):
        return ""
    # nova requires one service a shard, for all conductor groups (nova/conf/ironic.py). A database may compare
    # names without case.
    part = shard, group
    shard, group, other_shard, other_group = (name.lower() for name in (shard, group, other_shard, other_group))
    if ANY not in (shard, other_shard):
        return f"both have the shard {part[0]}" if shard == other_shard else ""
    if ANY not in (group, other_group):
        return f"both have the conductor group {part[1]}, and not both a shard" if group == other_group else ""
    if (ANY, ANY) in ((shard, group), (other_shard, other_group)):
        return "a service without shard and conductor_group manages all nodes of its Ironic"
    return "only one of them has a shard, and only one a conductor_group, so a node may be in both"


def _may_be_one(place: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two services may use one Ironic: what endpoint_override names may also be in the catalog of Keystone."""
    (override, auth_url, region), (other_override, other_auth_url, other_region) = place, other
    if ANY not in (override, other_override):
        return override == other_override
    if override != other_override and ANY in (auth_url, other_auth_url):
        # Without Keystone, as with http_basic, nothing else could name the same Ironic.
        return False
    return not (_differ(auth_url, other_auth_url) or _differ(region.lower(), other_region.lower()))


def _differ(one: str, other: str) -> bool:
    return ANY not in (one, other) and one != other


def conflicts(conf: Conf) -> Iterator[OptionConflict]:
    """Options in [ironic] with which nova does not start, or cannot log in."""
    for option in ("shard", "conductor_group"):
        name = ini.value(conf, SECTION, option)
        if name and not NAME.fullmatch(name):
            problem = f"{name!r} is not a name that nova accepts."
            yield OptionConflict(option, problem, "Use letters, digits and the characters _ . and - only.")
    yield from _peers(conf)
    kind = ini.value(conf, SECTION, "auth_type")
    if kind in PASSWORDS:
        yield from _account(conf)
    elif kind in WITHOUT_KEYSTONE and not ini.value(conf, SECTION, "endpoint_override"):
        cure = "Set it to the URL of Ironic: without Keystone there is no catalog."
        yield OptionConflict("endpoint_override", "is missing.", cure)


def _peers(conf: Conf) -> Iterator[OptionConflict]:
    """nova ends with InvalidPeerList without its own name, and shares nodes with every other one."""
    peers = [name.strip() for name in ini.value(conf, SECTION, "peer_list").split(",") if name.strip()]
    if [name for name in peers if name != ini.value(conf, "DEFAULT", "host")]:
        problem = "names other services, with which this one would share its nodes."
        yield OptionConflict("peer_list", problem, "Leave it out: the role sets it where nova needs it.")


def _account(conf: Conf) -> Iterator[OptionConflict]:
    given = {option for option in conf.get(SECTION, {}) if ini.value(conf, SECTION, option)}
    needed = (("username", {"username", "user_id"}), ("password", {"password"}), ("project_name", set(SCOPES)))
    for option, alternatives in needed:
        if not alternatives & given:
            cure = "Set it: nova logs in to Ironic with it."
            if option == "project_name":
                cure = "Set it and project_domain_name, or set system_scope to all."
            yield OptionConflict(option, "is missing.", cure)


def request(conf: Conf, container: ServiceContainer) -> dict[str, Any] | None:
    """Make the module preflight's request for a part of an Ironic.

    It can log in with a password, with an application credential and without Keystone, and has no certificate of its
    own.
    """
    section = {option: ini.value(conf, SECTION, option) for option in conf.get(SECTION, {})}
    kind = section.get("auth_type", "")
    if kind not in (*SECRETS, "none") or section.get("certfile"):
        return None
    secret = section.get(SECRETS.get(kind, ""), "")
    place = section.get("endpoint_override" if kind in WITHOUT_KEYSTONE else "auth_url")
    if not place or (kind in SECRETS and not secret) or any(True for _conflict in conflicts(conf)):
        return None
    return dict(
        account=json.dumps({option: section[option] for option in ACCOUNT if section.get(option)}),
        password=secret,
        shard=section.get("shard", ""),
        conductor_group=section.get("conductor_group"),
        insecure=ini.is_true(section.get("insecure", "")),
        **container.certificates(section.get("cafile", "")),
    )


DRIVER = Driver(
    name="ironic",
    compute_driver="ironic.IronicDriver",
    section=SECTION,
    variable="services_ironic",
    identity=tuple((option, "") for option in NAMED_BY),
    scope=scope,
    overlap=overlap,
    many_nodes=True,
    conflicts=conflicts,
    request=request,
)
