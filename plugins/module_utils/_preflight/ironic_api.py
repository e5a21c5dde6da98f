# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens sessions with Ironic, through Keystone or without it. No other file does that.

It uses the standard library only.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

# Names of the same kind of service in catalogs (os-service-types).
SERVICE_TYPES = {"baremetal": ("baremetal", "bare-metal")}
# Of nova (nova/conf/utils.py, get_ksa_adapter_opts).
INTERFACES = "internal,public"


class ApiError(Exception):
    """A server refused a request.

    Attributes:
        status: of HTTP, or 0 if there was no answer of the API.
    """

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status


class NoEndpoint(Exception):
    """Keystone's catalog has no Ironic for these options. args[0] says what it has."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A password must not follow a server to another place."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


class IronicSession:
    """One login. login() must be called first."""

    def __init__(self, account: Mapping[str, str], password: str, tls: ssl.SSLContext | None, timeout: float):
        """Arguments:
        account: options of nova's section [ironic].
        password: secret of the account.
        tls: None if no URL begins with https.
        timeout: seconds for one answer.
        """
        self.account, self.password, self.timeout = account, password, timeout
        handlers: list[Any] = [urllib.request.ProxyHandler({}), _NoRedirect]
        self.opener = urllib.request.build_opener(
            *handlers, *([urllib.request.HTTPSHandler(context=tls)] if tls else [])
        )
        self.headers: dict[str, str] = {}
        self.endpoint = (account.get("endpoint_override") or "").rstrip("/")

    def login(self) -> None:
        """Log in, and find Ironic. Raises ApiError, OSError, or NoEndpoint."""
        kind = self.account["auth_type"]
        if kind == "http_basic":
            pair = f"{self.account.get('username', '')}:{self.password}".encode()
            self.headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        elif kind != "none":
            catalog = self._token()
            self.endpoint = self.endpoint or self._found(catalog)
        self.endpoint = re.sub("/v1$", "", self.endpoint)

    def version(self) -> tuple[int, int]:
        """The newest version of Ironic's API. Raises ApiError or OSError."""
        answer = self._request(f"{self.endpoint}/")
        entries = [*_dicts([answer.get("default_version")]), *_dicts(answer.get("versions"))]
        found = [re.fullmatch(r"(\d+)\.(\d+)", str(entry.get("version"))) for entry in entries]
        versions = [(int(match[1]), int(match[2])) for match in found if match]
        if not versions:
            raise ApiError(0, "the server that answers is not Ironic")
        return max(versions)

    def listed(self, what: str, version: str) -> list[dict[str, Any]]:
        """All entries of a list of Ironic's API, such as shards. Raises ApiError or OSError.

        Args:
            what: name of the list.
            version: of the API.
        """
        answer = self._request(f"{self.endpoint}/v1/{what}", headers={"X-OpenStack-Ironic-API-Version": version})
        if not isinstance(answer.get(what), list):
            raise ApiError(0, f"the server that answers has no list of {what}")
        return _dicts(answer[what])

    def _token(self) -> list[dict[str, Any]]:
        root = re.sub(r"/v[23](\.0)?$", "", self.account["auth_url"].rstrip("/"))
        identity, scope = _identity(self.account, self.password), _scope(self.account)
        body = {"auth": {"identity": identity, **({"scope": scope} if scope else {})}}
        answer = self._request(f"{root}/v3/auth/tokens", body)
        token = answer.get("token")
        if not isinstance(token, dict) or "X-Auth-Token" not in self.headers:
            raise ApiError(0, "the server that answers is not Keystone")
        return _dicts(token.get("catalog"))

    def _found(self, catalog: list[dict[str, Any]]) -> str:
        kind = self.account.get("service_type") or "baremetal"
        kinds = SERVICE_TYPES.get(kind, (kind,))
        region = self.account.get("region_name")
        services = [service for service in catalog if service.get("type") in kinds]
        endpoints = [endpoint for service in services for endpoint in _dicts(service.get("endpoints"))]
        for interface in (self.account.get("valid_interfaces") or INTERFACES).split(","):
            for endpoint in endpoints:
                here = region in (None, "", endpoint.get("region_id"), endpoint.get("region"))
                same = endpoint.get("interface") == interface.strip().removesuffix("URL")
                if here and same and endpoint.get("url"):
                    return str(endpoint["url"]).rstrip("/")
        raise NoEndpoint(_has(kind, services, endpoints))

    def _request(
        self, url: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json", "Content-Type": "application/json", **self.headers, **(headers or {})}
        try:
            with self.opener.open(urllib.request.Request(url, data, sent), timeout=self.timeout) as answer:
                token = answer.headers.get("X-Subject-Token")
                found = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, _words(error)) from error
        except (http.client.InvalidURL, UnicodeEncodeError) as error:
            raise ApiError(0, f"{url} is not a URL") from error
        except OSError:
            # Also of a server that hangs up, which is an error of HTTP as well.
            raise
        except http.client.HTTPException as error:
            # Also of an answer that ends too early.
            raise ApiError(0, f"{url} does not answer as HTTP demands ({type(error).__name__})") from error
        except ValueError as error:
            raise ApiError(0, f"{url} does not answer with JSON") from error
        if not isinstance(found, dict):
            raise ApiError(0, f"{url} does not answer with an object")
        if token:
            self.headers = {"X-Auth-Token": token}
        return found


def _dicts(entries: Any) -> list[dict[str, Any]]:
    """The entries of a list that are dicts; none if it is not a list."""
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _identity(account: Mapping[str, str], secret: str) -> dict[str, Any]:
    user = _named(account, "user", "username") | _domain(account, "user_domain")
    if account["auth_type"] == "v3applicationcredential":
        credential: dict[str, Any] = {"secret": secret, **_named(account, "application_credential")}
        if "id" not in credential and user:
            credential["user"] = user
        return {"methods": ["application_credential"], "application_credential": credential}
    return {"methods": ["password"], "password": {"user": {**user, "password": secret}}}


def _scope(account: Mapping[str, str]) -> dict[str, Any]:
    """keystoneauth's order (keystoneauth1/identity/v3/base.py). An application credential has its own."""
    if account["auth_type"] == "v3applicationcredential":
        return {}
    if account.get("system_scope"):
        return {"system": {"all": True}}
    domain, project = _named(account, "domain"), _named(account, "project")
    if domain:
        return {"domain": domain}
    return {"project": project | _domain(account, "project_domain")} if project else {}


def _named(account: Mapping[str, str], what: str, name: str = "") -> dict[str, Any]:
    if account.get(f"{what}_id"):
        return {"id": account[f"{what}_id"]}
    given = account.get(name or f"{what}_name")
    return {"name": given} if given else {}


def _domain(account: Mapping[str, str], what: str) -> dict[str, Any]:
    domain = _named(account, what) or _named(account, "default_domain")
    return {"domain": domain} if domain else {}


def _has(kind: str, services: list[dict[str, Any]], endpoints: list[dict[str, Any]]) -> str:
    if not services:
        return f"has no service of the type {kind}"
    pairs = sorted({f"{one.get('interface')} in {one.get('region_id') or one.get('region')}" for one in endpoints})
    return f"has other endpoints only of the service {kind}: {', '.join(pairs) or 'none'}"


def _words(error: urllib.error.HTTPError) -> str:
    """What the server says of an error: Keystone's answer is an object, Ironic's has another one in its text."""
    try:
        found = json.loads(error.read())
        inner = found.get("error") or found.get("error_message") or {}
        inner = json.loads(inner) if isinstance(inner, str) else inner
        return str(inner.get("message") or inner.get("faultstring") or error.reason).strip().rstrip(".")
    except (AttributeError, OSError, ValueError):
        return str(error.reason)
