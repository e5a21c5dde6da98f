# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that talks to XenServers: XML-RPC, by the standard library alone.

Goes the way of nova-compute (os_xenapi/client/session.py 0.3.4, nova/virt/xenapi/vm_utils.py 21.2.4), and
leaves no session behind.
"""

from __future__ import annotations

import contextlib
import http.client
import pickle
import re
import socket
import xml.parsers.expat
import xmlrpc.client
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls as _tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import Refused
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import probe

ORIGINATOR = "novafleet"
# What session.login_with_password is told; XenAPI ignores it.
API_VERSION = "2.1"
# A plugin takes its arguments pickled, in letters.
NO_ARGUMENTS = pickle.dumps({"args": (), "kwargs": {}}, 0).decode("latin-1")
# Its answer is a pickle too, which must not be loaded: it is somebody else's.
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


class XapiError(Exception):
    """A XenServer answered with a failure; code is XenAPI's, details the rest."""

    def __init__(self, description):
        super().__init__(" ".join(map(str, description)))
        self.code, self.details = str(description[0]), [str(one) for one in description[1:]]


class _Timed:
    """Bounds the waits of a transport of xmlrpc.client, which has no time-out of its own."""

    seconds = None

    def make_connection(self, host):
        connection = super().make_connection(host)
        connection.timeout = self.seconds
        return connection


class _Http(_Timed, xmlrpc.client.Transport):
    pass


class _Https(_Timed, xmlrpc.client.SafeTransport):
    pass


class Session:
    """One session on one XenServer, to be used as a context manager."""

    def __init__(self, url, tls, timeout):
        """url: of the XenServer; tls: ssl.SSLContext or None; timeout: seconds for one answer."""
        transport = _Https(context=tls) if tls else _Http()
        transport.seconds = timeout
        self.proxy = xmlrpc.client.ServerProxy(url, transport=transport)
        self.handle = None

    def login(self, username, password):
        self.handle = self._request("session.login_with_password", username, password, API_VERSION, ORIGINATOR)

    def call(self, method, *params):
        return self._request(method, self.handle, *params)

    def _request(self, method, *params):
        answer = getattr(self.proxy, method)(*params)
        if answer["Status"] != "Success":
            raise XapiError(answer["ErrorDescription"])
        return answer["Value"]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        with contextlib.suppress(Exception):
            if self.handle:
                self.call("session.logout")
        self.proxy("close")()


def look(options, timeout):
    """Everything that nova-compute will want to know of one XenServer when it starts.

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
        Refused
    """
    try:
        with _logged_in(options, timeout) as (session, slave):
            host = _host(session, slave)
            plugins, version = _plugins(session, host)
            return dict(
                uuid=session.call("host.get_uuid", host),
                plugins=plugins,
                version=version,
                storage=_storage(session, host, options["sr_matching_filter"]),
            )
    except XapiError as error:
        raise Refused(
            "login", "connection_url", f"the XenServer fails: {error}.", "Mend the XenServer (xe, xensource.log)."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        problem = f"the XenServer stopped answering: {_reason(error)}."
        raise Refused("login", "connection_url", problem, "See whether its xapi is well, or overloaded.") from error
    except (xmlrpc.client.Error, xml.parsers.expat.ExpatError, KeyError, TypeError, IndexError, ValueError) as error:
        problem = f"something answers that is no XenServer ({type(error).__name__})."
        raise Refused("login", "connection_url", problem, "Write the URL of a XenServer.") from error


def _reason(error):
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


@contextlib.contextmanager
def _logged_in(options, timeout):
    """A session, and the address of the target if its pool has another master; nova goes to that one as well."""
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


def _session(url, options, timeout):
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        tls = _tls.contexts.get(options["ca_file"], False, options.get("authority"))
        _tls.handshake(parts.hostname, options["port"], tls, timeout, URL_OPTIONS)
    return Session(url, tls, timeout)


@contextlib.contextmanager
def _on_master(options, master, timeout):
    url = options["url"].replace(options["address"], master)
    found = probe(master, options["port"], timeout)
    if found:
        raise _slave(master, f"which does not answer: {found.reason}.")
    try:
        session = _session(url, options, timeout)
    except Refused as refused:
        raise _slave(master, f"and there {refused.finding.problem}") from refused
    with session:
        try:
            session.login(options["username"], options["password"])
        except XapiError as error:
            raise _slave(master, f"which refuses the login ({error.code}).") from error
        yield session


def _slave(master, what):
    cure = (
        f"Make the pool's master {master} reachable for this Docker host, with the same account and a certificate that "
        f"is trusted under that address; or, where only the master is meant, write https://{master}."
    )
    return Refused("login", "connection_url", f"is a slave (HOST_IS_SLAVE) of the master {master}, {what}", cure)


def _login_refused(options, error):
    if error.code == "SESSION_AUTHENTICATION_FAILED":
        return Refused(
            "login",
            "connection_password",
            f"the XenServer refuses the user {options['username']!r} with this password ({error.code}).",
            "Correct connection_username or connection_password.",
        )
    return Refused(
        "login",
        "connection_url",
        f"the XenServer refuses the login: {error}.",
        "Mend the XenServer (xe, xensource.log).",
    )


def _host(session, slave):
    """The host that the target means: of a slave only its address is known (XenAPISession._get_host_ref)."""
    if slave is None:
        return session.call("session.get_this_host", session.handle)
    found = session.call("PIF.get_all_records_where", f'field "IP"="{slave}"')
    if len(found) != 1:
        raise Refused(
            "login",
            "connection_url",
            f"the pool's master knows {len(found)} network interfaces with its address {slave}, where nova needs one.",
            "Use the address of the host's management interface.",
        )
    return next(iter(found.values()))["host"]


def _plugins(session, host):
    failures, version = {}, None
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


def _storage(session, host, wanted):
    """The storage repository that nova will use (vm_utils._find_sr)."""
    reference = _default_storage(session) if wanted == "default-sr:true" else _tagged_storage(session, host, wanted)
    if not reference or reference == NO_REFERENCE:
        return None
    try:
        record = session.call("SR.get_record", reference)
    except XapiError as error:
        # A default that was destroyed or forgotten.
        if error.code == "HANDLE_INVALID":
            return None
        raise
    plugs = [session.call("PBD.get_record", plug) for plug in record["PBDs"]]
    attached = any(plug["host"] == host and plug["currently_attached"] for plug in plugs)
    return dict(name=record["name_label"], type=record["type"], attached=attached)


def _default_storage(session):
    return session.call("pool.get_default_SR", session.call("pool.get_all")[0])


def _tagged_storage(session, host, wanted):
    key, _equals, value = wanted.partition(":")[2].partition("=")
    for reference, record in session.call("SR.get_all_records").items():
        if record["other_config"].get(key) == value:
            hosts = [session.call("PBD.get_host", plug) for plug in record["PBDs"]]
            if host in hosts:
                return reference
    return None
