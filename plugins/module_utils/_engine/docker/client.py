# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to a Docker engine through the Docker SDK for Python.

Docker API 1.40 (engine 19.03) is the floor: the container settings need C(HostConfig.Init) with
C(Mounts) and C(PidsLimit) as that version defines them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import env_fallback
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import sdk
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors

API_FLOOR = (1, 40)
# What engines answer without a body: done, or already so (moby: api/server/router/container; podman: pkg/api).
WITHOUT_BODY = (
    ("POST", re.compile(r"/containers/[^/]+/(start|stop|restart|unpause|rename)")),
    ("DELETE", re.compile(r"/containers/[^/]+")),
)
DONE = (204, 304)
OBJECTS = ("/containers/", "/images/")
FIRST_REFUSAL, NOT_FOUND = 400, 404

DOCKER_ARGUMENT_SPEC = dict(
    docker_host=dict(type="str", fallback=(env_fallback, ["DOCKER_HOST"])),
    docker_tls_ca=dict(type="path"),
    docker_tls_cert=dict(type="path"),
    docker_tls_key=dict(type="path", no_log=False),
    docker_timeout=dict(type="int", default=60),
)


def is_local(params: Mapping[str, Any]) -> bool:
    """Whether the engine certainly is on this machine."""
    return str(params["docker_host"]).startswith("unix:")


def read_version(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the engine that the C(docker_*) parameters name says of itself (C(GET /version)).

    Args:
        params: dict with the keys of DOCKER_ARGUMENT_SPEC.

    Raises:
        SdkUnusable: the SDK is missing, too old, or does not fit its libraries.
        EngineUnreachable: nothing answers.
        EngineError: what answers is not an engine.
    """
    sdk.require_sdk()
    with typed_errors("connect to Docker at {}".format(params["docker_host"])):
        version = _client(params, _dotted(API_FLOOR)).version(api_version=False)
        return dict(version, ApiVersion=version["ApiVersion"])


def connect(params: Mapping[str, Any], version: Mapping[str, Any] | None = None) -> Any:
    """Connect to the engine that the C(docker_*) parameters name.

    Args:
        params: dict with the keys of DOCKER_ARGUMENT_SPEC.
        version: of read_version(), where it was called before.

    Returns:
        docker.APIClient, each of whose requests has a time-out: its attribute C(timeout), in seconds.

    Raises:
        EngineError: the API is below the floor; and all that read_version() raises.
    """
    spoken = (version or read_version(params))["ApiVersion"]
    if tuple(int(part) for part in spoken.split(".")) < API_FLOOR:
        raise EngineError(
            f"The engine speaks Docker API {spoken}, novafleet.compute needs {_dotted(API_FLOOR)} or newer."
        )
    return _client(params, spoken)


def _client(params: Mapping[str, Any], version: str) -> Any:
    """A client that has asked nothing yet: what version="auto" asks is under the environment's sway."""
    api = sdk.docker.APIClient(
        base_url=params["docker_host"],
        version=version,
        timeout=params["docker_timeout"],
        tls=_tls(params),
        max_pool_size=32,
    )
    # Else REQUESTS_CA_BUNDLE takes the place of docker_tls_ca, and a proxy that of the engine (requests: Session).
    api.trust_env = False
    return bounded(api)


def bounded(api: Any) -> Any:
    """Give a docker.APIClient a time-out where the SDK waits without end, and check what it takes for an answer.

    A pull and an import have none; that of a save, and of a file that is read, is taken away once the answer begins.
    """
    request = api.request

    def bounded_request(method: str, url: str, *args: Any, **options: Any) -> Any:
        answer = request(method, url, *args, **{**options, "timeout": options.get("timeout") or api.timeout})
        check(method, url, answer)
        return answer

    api.request, api._disable_socket_timeout = bounded_request, lambda _socket: None
    return api


def check(method: str, url: str, answer: Any) -> None:
    """Refuse an answer that no engine gives: a proxy's page would read as a container that was stopped or removed.

    Args:
        method: of HTTP.
        url: that was asked.
        answer: requests.Response.

    Raises:
        ValueError: typed_errors() makes an EngineError of it.
    """
    path = re.sub(r"^/v[\d.]+", "", urlsplit(url).path)
    kind = str(answer.headers.get("Content-Type") or "something of no kind").partition(";")[0]
    done = answer.status_code in DONE or answer.status_code >= FIRST_REFUSAL
    wanted = any(method == verb and end.fullmatch(path) for verb, end in WITHOUT_BODY)
    # An engine says as JSON what it does not have.
    missing = answer.status_code == NOT_FOUND and path.startswith(OBJECTS) and "json" not in kind
    if (wanted and not done) or missing:
        raise ValueError(f"{method} was answered {answer.status_code} with {kind}")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _tls(params: Mapping[str, Any]) -> Any:
    if not params.get("docker_tls_ca"):
        return None
    pair = (params["docker_tls_cert"], params["docker_tls_key"]) if params.get("docker_tls_cert") else None
    return sdk.docker.tls.TLSConfig(ca_cert=params["docker_tls_ca"], client_cert=pair, verify=True)
