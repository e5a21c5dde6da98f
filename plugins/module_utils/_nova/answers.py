# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each answer of Keystone, nova and placement must have.  Pure.

A front end in maintenance answers C(200 OK) with a page of HTML, and openstacksdk takes a list that
is missing from an answer for an empty one.  Either would read as "nova knows nothing", or as "done".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure

if TYPE_CHECKING:
    from requests import Response

# Methods, and the path without what a cloud puts before it -> the key that the answer must have, and what it holds.
# Versions that a service offers are not among them: keystoneauth also asks for these where no API is.
BODIES = (
    ("POST", r"/auth/tokens", "token", dict),
    ("GET", r"/os-services", "services", list),
    ("PUT", r"/os-services/[^/]+", "service", dict),
    ("GET", r"/os-hypervisors(/detail)?", "hypervisors", list),
    ("GET", r"/os-aggregates", "aggregates", list),
    ("POST", r"/os-aggregates(/[^/]+/action)?", "aggregate", dict),
    ("GET", r"/servers(/detail)?", "servers", list),
    ("GET", r"/servers/[^/]+", "server", dict),
    ("GET", r"/os-migrations", "migrations", list),
    ("GET", r"/resource_providers", "resource_providers", list),
    ("GET", r"/resource_providers/[^/]+", "uuid", str),
    ("GET", r"/resource_providers/[^/]+/inventories", "inventories", dict),
    ("GET", r"/resource_providers/[^/]+/allocations", "allocations", dict),
    ("GET PUT", r"/resource_providers/[^/]+/aggregates", "aggregates", list),
)
# What is answered without a body: nova accepts (202), or is done (204).
ACCEPTED = (
    ("DELETE", r"/os-services/[^/]+"),
    ("DELETE", r"/resource_providers/[^/]+"),
    ("POST", r"/servers/[^/]+/action"),
)
ACCEPTING = (202, 204)
FIRST_REDIRECT, FIRST_REFUSAL, NOT_FOUND = 300, 400, 404


class NotAnAnswer(Failure):
    """Something answers in the place of an API, or the API has answered something else."""


def check(url: str, method: str, answer: Response) -> None:
    """Refuse an answer that is not what was asked for. One with an error's status is left to the caller.

    Except a page that was not found: openstacksdk would take it for something that is deleted already.

    Args:
        url: that was asked.
        method: of HTTP.
        answer: what came.

    Raises:
        NotAnAnswer
    """
    path = url.partition("?")[0].rstrip("/")
    # openstacksdk asks for lists by "/servers", for one by "servers/uuid", Keystone by a whole URL.
    path = path if "://" in path else "/" + path.lstrip("/")
    accepted = any(method == verb and re.search(end + "$", path) for verb, end in ACCEPTED)
    if answer.status_code >= FIRST_REFUSAL:
        if accepted and answer.status_code == NOT_FOUND and not _is_json(answer):
            raise NotAnAnswer(f"{path} answered {_shown(answer)} to {method}")
        return
    if accepted and answer.status_code not in ACCEPTING:
        raise NotAnAnswer(f"{path} answered {_shown(answer)} to {method}, and not 202 or 204")
    for verbs, end, key, kind in BODIES:
        if method in verbs.split() and re.search(end + "$", path):
            _check_body(path, key, kind, answer)


def _check_body(path: str, key: str, kind: type, answer: Response) -> None:
    if answer.status_code >= FIRST_REDIRECT:
        # Of several choices, or to no address: neither keystoneauth nor openstacksdk takes it for an error.
        raise NotAnAnswer(f"{path} answered {_shown(answer)}, a redirection that cannot be followed")
    try:
        body = answer.json()
    except ValueError as error:
        raise NotAnAnswer(f"{path} answered {_shown(answer)}, which is not JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get(key), kind):
        raise NotAnAnswer(f"{path} answered {_shown(answer)} without {key!r}")


def _is_json(answer: Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _shown(answer: Response) -> str:
    kind = answer.headers.get("Content-Type") or "something of no kind"
    return f"{answer.status_code} with {kind.partition(';')[0]}"
