# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to Keystone, nova and placement that end in time, and answers that are what was asked for.

A front end in maintenance answers C(200 OK) with a page of HTML, and openstacksdk takes a list that
is missing from an answer for an empty one.  Either would read as "nova knows nothing".
"""

from __future__ import annotations

import re

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure

try:
    from keystoneauth1.session import Session
except Exception:  # Without it, or with a broken one, nothing can be asked; _nova/cloud.py says so.
    Session = object

# Seconds that one request may take where neither the module nor clouds.yaml says.
API_TIMEOUT = 60
# A wait for less than this still gives each request so many seconds.
LEAST_TIMEOUT = 5

# Path, without what a cloud puts before it -> the key that the answer must have, and what that must hold.
# Versions that a service offers are not among them: keystoneauth also asks for these where no API is.
ANSWERS = (
    (r"/auth/tokens", "token", dict),
    (r"/os-services", "services", list),
    (r"/os-hypervisors(/detail)?", "hypervisors", list),
    (r"/servers(/detail)?", "servers", list),
    (r"/servers/[^/]+", "server", dict),
    (r"/os-migrations", "migrations", list),
    (r"/resource_providers", "resource_providers", list),
    (r"/resource_providers/[^/]+", "uuid", str),
    (r"/resource_providers/[^/]+/inventories", "inventories", dict),
    (r"/resource_providers/[^/]+/allocations", "allocations", dict),
    (r"/resource_providers/[^/]+/aggregates", "aggregates", list),
)
READS = ("GET", "POST")


class NotAnAnswer(Failure):
    """Something answers in the place of an API, or the API has answered something else."""


class CheckedSession(Session):
    """A session that raises NotAnAnswer instead of returning an answer without its keys."""

    def request(self, url, method, **options):
        answer = super().request(url, method, **options)
        check(url, method, answer)
        return answer


def check(url: str, method: str, answer) -> None:
    """Refuse an answer that is not what was asked for.

    Args:
        url: that was asked; method: of HTTP.
        answer: requests.Response

    Raises:
        NotAnAnswer
    """
    path = url.partition("?")[0].rstrip("/")
    found = next(((key, kind) for end, key, kind in ANSWERS if re.search(end + "$", path)), None)
    if found is None or method not in READS or answer.status_code not in (200, 201):
        return
    key, kind = found
    try:
        body = answer.json()
    except ValueError as error:
        raise NotAnAnswer(f"{path} answered {_shown(answer)}, which is not JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get(key), kind):
        raise NotAnAnswer(f"{path} answered {_shown(answer)} without {key!r}")


def _shown(answer) -> str:
    kind = answer.headers.get("Content-Type") or "something of no kind"
    return f"{answer.status_code} with {kind.partition(';')[0]}"
