# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's options to a connection that openstacksdk makes, whose errors are NovaError."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure
from ansible_collections.novafleet.compute.plugins.module_utils._nova.answers import NotAnAnswer, check
from ansible_collections.novafleet.compute.plugins.module_utils._nova.deadline import bound

if TYPE_CHECKING:
    import requests
    from keystoneauth1.session import Session
    from openstack.connection import Connection
    from openstack.proxy import Proxy
else:
    Session = object

IMPORT_ERROR: str | None = None
try:
    import keystoneauth1.exceptions
    import openstack
    import openstack.config
    import openstack.connection
    import openstack.exceptions
    from keystoneauth1.session import Session
except Exception:  # One that is broken, or too old for this Python, raises anything.
    IMPORT_ERROR = traceback.format_exc()

# Seconds that one request may take where neither the module nor clouds.yaml says.
API_TIMEOUT = 60
# A wait for less than this still gives each request so many seconds.
LEAST_TIMEOUT = 5

# A dict would have each of its values masked everywhere, such as "nova" in every nova-compute.
CLOUD_ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    cloud=dict(type="str"),
    cloud_config=dict(type="jsonarg", no_log=True),
    clouds_file=dict(type="path"),
    api_timeout=dict(type="int"),
)

# What openstacksdk and the functions of this folder raise where an answer lacks what each answer of nova has.
NOT_AN_ANSWER = (NotAnAnswer, KeyError, TypeError, AttributeError, ValueError)


class NovaError(Failure):
    """nova's API cannot be used; C(str()) says why, and what to do about it."""


class CheckedSession(Session):
    """A session that raises NotAnAnswer instead of returning an answer without what it must have."""

    def request(self, url: str, method: str, *args: Any, **options: Any) -> requests.Response:
        answer = super().request(url, method, *args, **options)
        check(url, method, answer)
        return answer


def cloud_of(params: Mapping[str, Any]) -> dict[str, Any] | str | None:
    """The cloud that a module's options name.

    Args:
        params: with the keys of CLOUD_ARGUMENT_SPEC.

    Returns:
        As connect() takes it.

    Raises:
        NovaError: cloud_config is not the JSON text of a dict.
    """
    try:
        config = json.loads(params["cloud_config"] or "{}")
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise NovaError("cloud_config is not a dict. Write what stands below the cloud's name in clouds.yaml.")
    return config or params["cloud"]


def connect_by(params: Mapping[str, Any]) -> Connection:
    """Connect to the cloud that a module's options name.

    Args:
        params: with the keys of CLOUD_ARGUMENT_SPEC.

    Raises:
        NovaError
    """
    return connect(cloud_of(params), params["clouds_file"], params["api_timeout"])


def connect(
    cloud: dict[str, Any] | str | None, clouds_file: str | None = None, api_timeout: int | None = None
) -> Connection:
    """Connect to a cloud. Nothing is asked yet.

    Args:
        cloud: a name in clouds.yaml; the content of one; or None, the environment.
        clouds_file: path of the clouds.yaml, or None for its usual places.
        api_timeout: seconds that one request may take; None for what clouds.yaml says, or API_TIMEOUT.

    Raises:
        NovaError
    """
    if IMPORT_ERROR:
        raise NovaError(
            "openstacksdk is missing for this interpreter. Install it with 'pip install openstacksdk', or let another "
            "host ask nova (services_api_host).\n" + IMPORT_ERROR
        )
    try:
        if isinstance(cloud, dict):
            region = openstack.config.OpenStackConfig(load_envvars=False, load_yaml_config=False).get_one(**cloud)
        else:
            files = [clouds_file] if clouds_file else None
            region = openstack.config.OpenStackConfig(config_files=files).get_one(cloud=cloud)
        region.set_session_constructor(CheckedSession)
        region.config["api_timeout"] = api_timeout or region.config.get("api_timeout") or API_TIMEOUT
        connection = openstack.connection.Connection(config=region)
        bound(connection.session.session)
        return connection
    except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException) as error:
        # A dict holds the password.
        name = "given as a dict" if isinstance(cloud, dict) else repr(cloud)
        raise NovaError(f"Could not read the settings of cloud {name}: {error}. Correct services_cloud.") from error


@contextmanager
def typed_errors() -> Iterator[None]:
    """Turn every error of a request to an API into a NovaError."""
    try:
        yield
    except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException) as error:
        raise NovaError(
            f"nova's API did not answer: {str(error).rstrip('.')}. Check services_cloud, and that nova is up."
        ) from error
    except NOT_AN_ANSWER as error:
        what = str(error) if isinstance(error, NotAnAnswer) else f"{type(error).__name__}: {error}"
        raise NovaError(
            f"nova's API answered something else: {what}. Check services_cloud, and that nova's front end is not in "
            "maintenance."
        ) from error


@contextmanager
def no_request_longer_than(nova: Connection, seconds: float) -> Iterator[None]:
    """While something is waited for, no request of that may take longer than the wait."""
    session = nova.session
    before = session.timeout
    session.timeout = min(before or API_TIMEOUT, max(seconds, LEAST_TIMEOUT))
    try:
        yield
    finally:
        session.timeout = before


def body_of(answer: requests.Response) -> dict[str, Any]:
    """What an API answered. Call it within typed_errors(), which makes what it raises a NovaError."""
    openstack.exceptions.raise_from_response(answer)
    return answer.json()


def entries(
    api: Proxy, path: str, key: str, microversion: str, params: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """All entries of a list, in as many requests as it has pages. Call it within typed_errors().

    openstacksdk's objects would cost a hundred times what the JSON does, which shows where there are hundreds.

    Args:
        api: nova's or placement's.
        path: of the list.
        key: that holds the list in its answer.
        microversion: of the API.
        params: query.
    """
    everything, asked, query = [], [], dict(params or {})
    while query not in asked:
        asked.append(query)
        body = body_of(api.get(path, params=query, microversion=microversion))
        everything += body[key]
        following = [link["href"] for link in body.get(f"{key}_links", ()) if link["rel"] == "next"]
        if not following:
            return everything
        # The host in the link is the one that nova itself knows, which a proxy may stand in front of.
        query = dict(parse_qsl(urlsplit(following[0]).query))
    raise NotAnAnswer(f"{path} answered a page whose next one is a page before it")
