# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the sections of nova.conf that have a Keystone account, as keystoneauth's loaders do. Pure.

The sources are keystoneauth1/loading: conf.py (auth_section), base.py (required options), _plugins/identity/v3.py
(the other rules). An image's list of options has the plugins and the options that each requires.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._urls import place_of_url
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, option_types
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions, references

Conf = Mapping[str, Mapping[str, list[str]]]
Problem = tuple[str, str, str, str]

URL = {"type": "uri", "schemes": ["http", "https"]}
URLS = ("auth_url", "endpoint_override")
OIDC = ("auth_url", "identity_provider", "protocol")
# Plugins of keystoneauth1 4.0 to 5.18 and the options that each requires, used if there is no list.
PLUGINS = {
    "admin_token": (),
    "http_basic": (),
    "noauth": ("user_id", "endpoint"),
    "none": (),
    "password": ("auth_url",),
    "token": ("auth_url",),
    "v2password": ("auth_url",),
    "v2token": ("auth_url",),
    "v3adfspassword": (*OIDC, "identity_provider_url", "service_provider_endpoint", "service_provider_entity_id",
                       "username", "password"),
    "v3applicationcredential": ("auth_url", "application_credential_secret"),
    "v3fedkerb": OIDC,
    "v3kerberos": ("auth_url",),
    "v3multifactor": ("auth_url", "auth_methods"),
    "v3oauth1": ("auth_url", "consumer_key", "consumer_secret", "access_key", "access_secret"),
    "v3oauth2clientcredential": ("auth_url", "oauth2_endpoint", "oauth2_client_id", "oauth2_client_secret"),
    "v3oauth2mtlsclientcredential": ("auth_url", "oauth2_endpoint", "oauth2_client_id"),
    "v3oidcaccesstoken": (*OIDC, "access_token"),
    "v3oidcauthcode": (*OIDC, "code"),
    "v3oidcclientcredentials": OIDC,
    "v3oidcdeviceauthz": OIDC,
    "v3oidcpassword": (*OIDC, "username", "password"),
    "v3password": ("auth_url",),
    "v3samlpassword": (*OIDC, "identity_provider_url", "username", "password"),
    "v3token": ("auth_url",),
    "v3tokenlessauth": ("auth_url",),
    "v3totp": ("auth_url",),
    "v3websso": OIDC,
}  # fmt: skip
OLD_NAMES = {"username": ("user_name", "user-name"), "code": ("authorization_code", "authorization-code")}
# These plugins name a user of Keystone's v3 API. A user name is only unique within a domain.
GENERIC = ("password", "token")
SCOPES = (
    ("domain_id", "domain_name"),
    ("project_id", "project_name", "tenant_id", "tenant_name"),
    ("trust_id",),
    ("system_scope",),
)
OF_A_USER = ("v3applicationcredential", "v3multifactor", "v3password", "v3totp")
# These plugins discover the provider of OpenID Connect.
OF_A_PROVIDER = ("v3oidcauthcode", "v3oidcclientcredentials", "v3oidcdeviceauthz", "v3oidcpassword")
INTERFACES = ("public", "internal", "admin")
# keystoneauth reads auth_methods as a text, and each of its characters as a method.
UNUSABLE = ("v3multifactor",)
# Types of the options of sessions and adapters, used if there is no list (keystoneauth1/loading).
BOOL, INT, FLOAT = {"type": "bool"}, {"type": "int"}, {"type": "float"}
TYPES: Mapping[str, Mapping[str, Any]] = {
    "insecure": BOOL,
    "collect_timing": BOOL,
    "split_loggers": BOOL,
    "timeout": INT,
    "connect_retries": INT,
    "connect_retry_delay": FLOAT,
    "status_code_retries": INT,
    "status_code_retry_delay": FLOAT,
    "retriable_status_codes": {"type": "list", "item": INT},
}
# Sections that nova-compute does not read: the account of the API.
NOT_OURS = ("keystone_authtoken",)


def problems(conf: Conf, listed: NovaOptions | None = None) -> Iterator[Problem]:
    """Problems for which keystoneauth would refuse a whole nova.conf.

    Args:
        conf: section -> option -> list of str, as ini.parse() returns it.
        listed: options of the image's nova, or None if unknown.

    Yields:
        (section, option, problem, fix). A [placement] without a plugin is not one of them.
    """
    for section, options in conf.items():
        if section in NOT_OURS:
            continue
        values = _values(options)
        if values.get("auth_section"):
            yield from _elsewhere(section, values["auth_section"], conf, listed)
        elif values.get("auth_type") or values.get("auth_plugin"):
            yield from _account(section, values, listed)
        elif "auth_url" in values and section != "placement":
            yield section, "auth_type", "is missing.", "Set it, such as password: nova ignores the account without it."
        yield from urls(section, options)
        if values.get("auth_type") or values.get("auth_section"):
            yield from _adapter(section, values)
            if not (listed and listed.detailed):
                yield from _wrong_types(section, options)


def certain(section: str, options: Mapping[str, list[str]], listed: NovaOptions | None = None) -> Iterator[Problem]:
    """Problems that do not depend on the section's other options, in the form of problems()."""
    values = _values(options)
    if not values.get("auth_section") and values.get("auth_type"):
        yield from _unknown_plugin(section, values["auth_type"], _plugins(listed))
    yield from urls(section, options)


def urls(section: str, options: Mapping[str, list[str]]) -> Iterator[Problem]:
    """URLs of a section that are not valid."""
    for option in URLS:
        text = options.get(option, [""])[-1]
        if not text or any(references(text)):
            continue
        url = ini.plain(text)
        # oslo.config takes a port of any size.
        if option_types.refused(url.lower(), URL) or not place_of_url(url)[0]:
            yield section, option, "is not a URL.", "Write http:// or https://, a host and, if there is one, a path."


def _adapter(section: str, values: Mapping[str, str]) -> Iterator[Problem]:
    """What ends nova with TypeError (keystoneauth1/loading/adapter.py, process_conf_options)."""
    names = [name.strip() for name in values.get("valid_interfaces", "").split(",")]
    wrong = [name for name in names if name and name not in INTERFACES]
    if wrong and not any(references(values["valid_interfaces"])):
        problem = f"has {wrong[0]!r}, which keystoneauth does not accept."
        yield section, "valid_interfaces", problem, f"Use {', '.join(INTERFACES)}."
    bounds = _set(values, ("min_version", "max_version"))
    if values.get("version") and bounds:
        problem = f"is set in addition to {bounds[0]}, but keystoneauth accepts only one of these."
        yield section, "version", problem, "Leave one of them."


def _wrong_types(section: str, options: Mapping[str, list[str]]) -> Iterator[Problem]:
    for option, about in TYPES.items():
        text = options[option][-1] if options.get(option) else None
        cure = option_types.refused(ini.plain(text), about) if text is not None and not any(references(text)) else ""
        if cure:
            yield section, option, "has a value that nova refuses.", cure


def _values(options: Mapping[str, list[str]]) -> dict[str, str]:
    return {option: ini.plain(values[-1]) for option, values in options.items() if values and values[-1]}


def _plugins(listed: NovaOptions | None) -> Mapping[str, Mapping[str, Any]]:
    if listed and listed.plugins:
        return listed.plugins
    return {name: {option: {"required": True} for option in required} for name, required in PLUGINS.items()}


def _elsewhere(section: str, name: str, conf: Conf, listed: NovaOptions | None) -> Iterator[Problem]:
    if listed and listed.auth_sections and name not in listed.auth_sections:
        known = ", ".join(name for name in listed.auth_sections if name != section)
        problem = f"is {name!r}, where nova {listed.release} reads no auth_type."
        yield section, "auth_section", problem, f"Name one of {known}."
    elif not _values(conf.get(name, {})).get("auth_type"):
        problem = f"is {name!r}, a section without auth_type."
        yield section, "auth_section", problem, f"Set auth_type and its options in services_nova_conf.{name}."


def _account(section: str, values: Mapping[str, str], listed: NovaOptions | None) -> Iterator[Problem]:
    plugins, name = _plugins(listed), values.get("auth_type") or values["auth_plugin"]
    if name not in plugins:
        yield from _unknown_plugin(section, name, plugins)
        return
    if name in UNUSABLE:
        problem = f"is {name}, which keystoneauth cannot use from a nova.conf."
        yield section, "auth_type", problem, "Use another, such as v3password."
        return
    options = plugins[name]
    for option in sorted(name for name, about in options.items() if about.get("required")):
        old = [was for was, about in options.items() if about.get("renamed") == option]
        if not any(values.get(name) for name in (option, *old, *OLD_NAMES.get(option, ()))):
            yield section, option, "is missing.", f"Set it: auth_type {name} requires it."
    yield from _rules(section, name, values)
    if name in GENERIC or name.startswith("v3"):
        yield from _scope(section, values)


def _scope(section: str, values: Mapping[str, str]) -> Iterator[Problem]:
    """What ends the login with AuthorizationFailure (keystoneauth1/identity/v3/base.py, get_auth_ref)."""
    given = [option for group in SCOPES for option in _set(values, group)[:1]]
    if len(given) > 1:
        problem = f"is set in addition to {' and '.join(given[:-1])}, but keystoneauth accepts only one of these."
        yield section, given[-1], problem, "Leave one of them."
    elif values.get("system_scope", "all") != "all":
        yield section, "system_scope", f"is {values['system_scope']!r}.", "Set it to all: keystoneauth has no other."


def _set(values: Mapping[str, str], options: Iterable[str]) -> list[str]:
    return [option for option in options if values.get(option)]


def _unknown_plugin(section: str, name: str, plugins: Mapping[str, Any]) -> Iterator[Problem]:
    if name in plugins:
        return
    close = difflib.get_close_matches(name.lower(), list(plugins), n=1)
    cure = f"Did you mean {close[0]}?" if close else f"Use one of {', '.join(sorted(plugins))}."
    yield section, "auth_type", f"{name!r} is not a plugin of keystoneauth.", cure


def _rules(section: str, name: str, values: Mapping[str, str]) -> Iterator[Problem]:
    def has(*options: str) -> bool:
        return any(values.get(option) for option in options)

    user = has("username", *OLD_NAMES["username"])
    if name in OF_A_USER and user and not has("user_domain_id", "user_domain_name"):
        yield (
            section,
            "user_domain_name",
            "is missing.",
            f"Set it: auth_type {name} requires it in addition to username.",
        )
    if name == "v3applicationcredential" and not has("application_credential_id", "application_credential_name"):
        yield section, "application_credential_id", "is missing.", "Set it, or application_credential_name and a user."
    if name in OF_A_PROVIDER and not has("access_token_endpoint", "discovery_endpoint"):
        yield section, "discovery_endpoint", "is missing.", f"Set it or access_token_endpoint: {name} requires one."
    mutual = values.get("mutual_auth", "").lower()
    if name in ("v3kerberos", "v3fedkerb") and mutual not in ("", "required", "optional", "disabled"):
        yield section, "mutual_auth", "is not a mode.", "Write required, optional or disabled."
    of_project = has("project_id") or (has("project_name") and has("project_domain_id", "project_domain_name"))
    if name == "v3tokenlessauth" and not (of_project or has("domain_id", "domain_name")):
        yield section, "project_name", "is missing.", "Set it and project_domain_name, or domain_name."
