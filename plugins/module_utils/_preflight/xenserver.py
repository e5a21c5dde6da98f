# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova needs of a XenServer: asks each host, then judges the answers.

It makes the requests that nova-compute makes (os_xenapi/client/session.py 0.3.4, nova/virt/xenapi/vm_utils.py 21.2.4),
and leaves no session behind.
"""

from __future__ import annotations

import contextlib
import http.client
import pickle
import re
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.module_utils._contract import XENAPI_PLUGINS
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls as _tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    CheckFailed,
    Outcome,
    PreflightFinding,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.hypervisor import PreflightDriver
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import probe
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.xapi import (
    NOT_A_XENSERVER,
    XapiError,
    XapiSession,
)
from ansible_collections.novafleet.compute.plugins.module_utils._urls import place_of_url

CHECKS = ("name", "port", "certificate", "login", "plugins", "storage")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    target=dict(type="str", required=True),
    variable=dict(type="str", default="services_xenserver"),
    url=dict(type="str", required=True),
    username=dict(type="str", default="root"),
    password=dict(type="str", required=True, no_log=True),
    ca_file=dict(type="path"),
    authority=dict(type="str", default=""),
    ca_in_image=dict(type="bool", default=False),
    image_handler=dict(type="str", default="direct_vhd"),
    sr_matching_filter=dict(type="str", default="default-sr:true"),
)
PORTS = {"http": 80, "https": 443}

# A plugin expects its arguments as a pickle of protocol 0, which is text.
NO_ARGUMENTS = pickle.dumps({"args": (), "kwargs": {}}, 0).decode("latin-1")
# Its answer is a pickle as well. It must not be loaded, because another machine made it.
VERSION = re.compile(r"(\d+)\.(\d+)")
NO_REFERENCE = "OpaqueRef:NULL"

URL_OPTIONS = dict(
    address=("connection_url", "Use the name that the certificate is for."),
    trust=(
        "connection_url",
        "Have the containers trust its authority: name its certificate on the controller in services_files, such as "
        "{xenserver.pem: /etc/ssl/xenserver.pem}, and set SSL_CERT_FILE in services_container.environment to "
        "/etc/nova/xenserver.pem.",
    ),
)

INSTALL_PLUGINS = (
    "Run the playbook novafleet.compute.xenserver_dom0, or copy the plugins of os-xenapi to /etc/xapi.d/plugins there, "
    "executable."
)
# Storage types without files, where direct_vhd cannot put a VHD (nova/conf/xenserver.py, image_handler).
WITHOUT_FILES = ("lvm", "lvmoiscsi", "lvmohba", "lvmofcoe", "hba", "iscsi", "rawhba", "linstor")
# Storage types that have no disks.
NOT_FOR_DISKS = ("iso", "udev")


def _place(target: Mapping[str, Any]) -> tuple[str, int]:
    address, _port = place_of_url(target["url"])
    return address, PORTS.get(target["url"].partition(":")[0].lower(), 443)


def ask(options: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """Read everything that nova-compute reads from one XenServer when it starts.

    Args:
        options: dict with url, address, port, username, password, ca_file, authority, sr_matching_filter.
        timeout: seconds for one answer.

    Returns:
        dict with
            uuid: of the host,
            plugins: dict, plugin -> code of XenAPI's error, or None,
            version: (int, int) of the plugins, or None,
            storage: None, or dict with name, type and attached (bool).

    Raises:
        CheckFailed
    """
    try:
        with _logged_in(options, timeout) as (session, slave):
            host = _host(session, slave)
            plugins, version = _plugin_answers(session, host)
            return dict(
                uuid=session.call("host.get_uuid", host),
                plugins=plugins,
                version=version,
                storage=_repository(session, host, options["sr_matching_filter"]),
            )
    except XapiError as error:
        raise _broken(f"the XenServer fails: {error}.") from error
    except (OSError, http.client.HTTPException) as error:
        problem = f"the XenServer stopped answering: {_reason(error)}."
        cure = "Check that its xapi is healthy and not overloaded."
        raise CheckFailed("login", "connection_url", problem, cure) from error
    except NOT_A_XENSERVER as error:
        problem = f"the server that answers is not a XenServer ({type(error).__name__})."
        raise CheckFailed("login", "connection_url", problem, "Write the URL of a XenServer.") from error


def _broken(problem: str) -> CheckFailed:
    return CheckFailed("login", "connection_url", problem, "Fix the XenServer (xe, xensource.log).")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


@contextlib.contextmanager
def _logged_in(options: Mapping[str, Any], timeout: float) -> Iterator[tuple[XapiSession, str | None]]:
    """Open a session. If the target is not the master of its pool, return its address too, and a session on the master.

    nova does the same.
    """
    with _session(options["url"], options, timeout) as session:
        try:
            session.login(options["username"], options["password"])
        except XapiError as error:
            if error.code != "HOST_IS_SLAVE":
                raise _login_refused(options, error) from error
            master = error.details[0]
        else:
            yield session, None
            return
    with _on_master(options, master, timeout) as session:
        yield session, socket.gethostbyname(options["address"])


def _session(url: str, options: Mapping[str, Any], timeout: float) -> XapiSession:
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        tls = _tls.contexts.get(options["ca_file"], False, options.get("authority"))
        _tls.handshake(parts.hostname or "", options["port"], tls, timeout, URL_OPTIONS)
    return XapiSession(url, tls, timeout)


@contextlib.contextmanager
def _on_master(options: Mapping[str, Any], master: str, timeout: float) -> Iterator[XapiSession]:
    url = options["url"].replace(options["address"], master)
    silent = probe(master, options["port"], timeout)
    if silent:
        raise _slave(master, f"which does not answer: {silent.reason}.")
    try:
        session = _session(url, options, timeout)
    except CheckFailed as refused:
        raise _slave(master, f"and there {refused.finding.problem}") from refused
    with session:
        try:
            session.login(options["username"], options["password"])
        except XapiError as error:
            raise _slave(master, f"which refuses the login ({error.code}).") from error
        yield session


def _slave(master: str, what: str) -> CheckFailed:
    cure = (
        f"Make the pool's master {master} reachable for this Docker host, with the same account and a certificate that "
        f"is trusted under that address. If only the master is meant, write https://{master}."
    )
    return CheckFailed("login", "connection_url", f"is a slave (HOST_IS_SLAVE) of the master {master}, {what}", cure)


def _login_refused(options: Mapping[str, Any], error: XapiError) -> CheckFailed:
    if error.code == "SESSION_AUTHENTICATION_FAILED":
        return CheckFailed(
            "login",
            "connection_password",
            f"the XenServer refuses the user {options['username']!r} with this password ({error.code}).",
            "Correct connection_username or connection_password.",
        )
    return _broken(f"the XenServer refuses the login: {error}.")


def _host(session: XapiSession, slave: str | None) -> str:
    """The host of a target. Only the address of a slave is known (XenAPISession._get_host_ref)."""
    if slave is None:
        return session.call("session.get_this_host", session.handle)
    interfaces = session.call("PIF.get_all_records_where", f'field "IP"="{slave}"')
    if len(interfaces) != 1:
        have = f"{len(interfaces)} network interfaces with its address {slave}"
        problem = f"the pool's master knows {have}, where nova needs one."
        cure = "Use the address of the host's management interface."
        raise CheckFailed("login", "connection_url", problem, cure)
    return next(iter(interfaces.values()))["host"]


def _plugin_answers(session: XapiSession, host: str) -> tuple[dict[str, str | None], tuple[int, int] | None]:
    failures: dict[str, str | None] = {}
    version = None
    for plugin, function, arguments in (
        ("dom0_plugin_version.py", "get_version", {"params": NO_ARGUMENTS}),
        ("xenhost.py", "host_data", {}),
    ):
        failures[plugin] = None
        try:
            answer = session.call("host.call_plugin", host, plugin, function, arguments)
        except XapiError as error:
            failures[plugin] = error.code
            continue
        if function == "get_version":
            match = VERSION.search(answer)
            version = (int(match.group(1)), int(match.group(2))) if match else None
    return failures, version


def _repository(session: XapiSession, host: str, wanted: str) -> dict[str, Any] | None:
    """The storage repository that nova uses (vm_utils._find_sr)."""
    reference = _default_storage(session) if wanted == "default-sr:true" else _tagged_storage(session, host, wanted)
    if not reference or reference == NO_REFERENCE:
        return None
    try:
        record = session.call("SR.get_record", reference)
    except XapiError as error:
        # The default repository was destroyed or forgotten.
        if error.code == "HANDLE_INVALID":
            return None
        raise
    plugs = [session.call("PBD.get_record", plug) for plug in record["PBDs"]]
    attached = any(plug["host"] == host and plug["currently_attached"] for plug in plugs)
    return dict(name=record["name_label"], type=record["type"], attached=attached)


def _default_storage(session: XapiSession) -> str:
    return session.call("pool.get_default_SR", session.call("pool.get_all")[0])


def _tagged_storage(session: XapiSession, host: str, wanted: str) -> str | None:
    key, _equals, value = wanted.partition(":")[2].partition("=")
    for reference, record in session.call("SR.get_all_records").items():
        if record["other_config"].get(key) == value:
            hosts = [session.call("PBD.get_host", plug) for plug in record["PBDs"]]
            if host in hosts:
                return reference
    return None


def judge(target: Mapping[str, Any], facts: Mapping[str, Any]) -> Outcome:
    """Find the problems that nova-compute would have. Pure.

    Args:
        target: dict with image_handler and sr_matching_filter.
        facts: dict, as ask() returns it.

    Returns:
        Outcome
    """
    return Outcome(
        findings=(*_plugins(facts), *_storage(target, facts["storage"])),
        identity=f"xenserver/{facts['uuid']}",
        called=f"the XenServer with the host uuid {facts['uuid']}",
    )


def _plugins(facts: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    codes: dict[str | None, list[str]] = {}
    for plugin, code in facts["plugins"].items():
        codes.setdefault(code, []).append(plugin)
    for code, plugins in codes.items():
        if code:
            what = "missing in" if code == "XENAPI_MISSING_PLUGIN" else "failing in"
            yield PreflightFinding(
                "plugins", "", f"{' and '.join(plugins)}: {what} its dom0 ({code}).", INSTALL_PLUGINS
            )
    if facts["plugins"]["dom0_plugin_version.py"]:
        return
    need = "{}.{}".format(*XENAPI_PLUGINS)
    if facts["version"] is None:
        yield PreflightFinding(
            "plugins", "", f"the plugins in its dom0 report no version; nova needs {need}.", INSTALL_PLUGINS
        )
    elif facts["version"][0] != XENAPI_PLUGINS[0] or facts["version"] < XENAPI_PLUGINS:
        have = "{}.{}".format(*facts["version"])
        problem = (
            f"the plugins in its dom0 are of version {have}; nova needs {need} or a later one of {XENAPI_PLUGINS[0]}.x."
        )
        yield PreflightFinding("plugins", "", problem, INSTALL_PLUGINS)


def _storage(target: Mapping[str, Any], storage: Mapping[str, Any] | None) -> Iterator[PreflightFinding]:
    handler, wanted = target["image_handler"], target["sr_matching_filter"]
    if storage is None:
        yield PreflightFinding(
            "storage",
            "sr_matching_filter",
            f"selects no storage repository: there is none for {wanted!r}.",
            "Set the pool's default (xe pool-param-set default-SR=UUID uuid=UUID), or sr_matching_filter to "
            "other-config:key=value of a repository that this host has.",
        )
        return
    what = f"the storage repository {storage['name']!r}, of type {storage['type']},"
    if storage["type"] in NOT_FOR_DISKS:
        yield PreflightFinding(
            "storage", "sr_matching_filter", f"selects {what} which has no disks.", "Select another one."
        )
    elif storage["type"] in WITHOUT_FILES and handler == "direct_vhd":
        yield PreflightFinding(
            "storage",
            "image_handler",
            f"is direct_vhd, which puts files into {what} which has none.",
            "Set image_handler to vdi_remote_stream, or select one of type ext or nfs.",
        )
    if not storage["attached"]:
        cure = "Plug it (xe pbd-plug), or select another one."
        yield PreflightFinding(
            "storage", "sr_matching_filter", f"selects {what} which this host has not plugged.", cure
        )


DRIVER = PreflightDriver(
    name="xenserver",
    argument_spec=ARGUMENT_SPEC,
    checks=CHECKS,
    address_option="connection_url",
    place=_place,
    access=("url", "username", "password", "ca_file", "authority", "ca_in_image", "sr_matching_filter"),
    verifies=lambda target: not target["url"].startswith("http:"),
    ask=ask,
    judge=judge,
)
