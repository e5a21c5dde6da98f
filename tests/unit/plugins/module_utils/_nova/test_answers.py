# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._nova.answers import NotAnAnswer, check

NOVA = "http://cloud/compute/v2.1"
PROVIDER = "http://cloud/placement/resource_providers"
GOOD = {
    NOVA + "/os-services?binary=nova-compute": '{"services": []}',
    NOVA + "/os-hypervisors/detail": '{"hypervisors": []}',
    NOVA + "/servers?host=a": '{"servers": []}',
    NOVA + "/servers/1": '{"server": {}}',
    "servers/1": '{"server": {}}',
    NOVA + "/os-migrations": '{"migrations": []}',
    PROVIDER: '{"resource_providers": []}',
    PROVIDER + "/1": '{"uuid": "1"}',
    PROVIDER + "/1/inventories": '{"inventories": {}}',
    PROVIDER + "/1/allocations": '{"allocations": {}}',
    PROVIDER + "/1/aggregates": '{"aggregates": []}',
}


def answer(text, status=200, kind="application/json"):
    made = requests.Response()
    made.status_code, made._content, made.headers["Content-Type"] = status, text.encode(), kind
    return made


@pytest.mark.parametrize("url", GOOD)
def test_every_question_has_a_key_that_its_answer_must_have(url):
    check(url, "GET", answer(GOOD[url]))
    for other in ("{}", "[]", "null", '{"services": null}', '{"error": {"code": 200}}'):
        with pytest.raises(NotAnAnswer, match="answered 200 with application/json without '"):
            check(url, "GET", answer(other))


CHANGES = [
    ("POST", "http://cloud/identity/v3/auth/tokens", '{"token": {}}'),
    ("PUT", NOVA + "/os-services/1", '{"service": {}}'),
    ("PUT", PROVIDER + "/1/aggregates", '{"aggregates": []}'),
]


@pytest.mark.parametrize(("method", "url", "good"), CHANGES)
def test_a_change_that_a_page_answers_was_not_made(method, url, good):
    check(url, method, answer(good))
    with pytest.raises(NotAnAnswer, match="text/html, which is not JSON"):
        check(url, method, answer("<html>Back soon</html>", kind="text/html"))


@pytest.mark.parametrize(
    ("method", "url"),
    [("DELETE", NOVA + "/os-services/1"), ("DELETE", PROVIDER + "/1"), ("POST", NOVA + "/servers/1/action")],
)
def test_what_is_answered_without_a_body_has_a_status_of_its_own(method, url):
    for status in (202, 204):
        check(url, method, answer("", status=status))
    with pytest.raises(NotAnAnswer, match=f"answered 200 with text/html to {method}, and not 202 or 204"):
        check(url, method, answer("<html>Back soon</html>", kind="text/html"))


@pytest.mark.parametrize("url", [NOVA + "/os-services/1", PROVIDER + "/1"])
def test_a_page_that_is_not_found_is_not_what_is_deleted_already(url):
    """openstacksdk takes each 404 for a success, and a retirement would delete the record again, without end."""
    check(url, "DELETE", answer('{"itemNotFound": {"code": 404, "message": "not found"}}', status=404))
    with pytest.raises(NotAnAnswer, match="answered 404 with text/html to DELETE"):
        check(url, "DELETE", answer("<html>404 Not Found</html>", status=404, kind="text/html"))


def test_a_list_that_is_answered_without_a_body_is_none():
    with pytest.raises(NotAnAnswer, match="answered 204 .* which is not JSON"):
        check(NOVA + "/os-services", "GET", answer("", status=204))


def test_a_page_and_half_an_answer_are_no_json():
    for text, kind in (("<html>Back soon</html>", "text/html"), ('{"services": [', "application/json")):
        with pytest.raises(NotAnAnswer, match=rf"/os-services answered 200 with {kind}, which is not JSON"):
            check(NOVA + "/os-services", "GET", answer(text, kind=kind))


@pytest.mark.parametrize("url", ["http://cloud/", NOVA, "http://cloud/placement/", "http://cloud/identity/v3"])
def test_where_only_versions_are_looked_for_anything_may_answer(url):
    check(url, "GET", answer("<html>", kind="text/html"))


def test_what_an_api_refuses_is_left_to_its_status():
    check(NOVA + "/os-services", "GET", answer("<html>", status=503))
    check(NOVA + "/os-services/1", "DELETE", answer("", status=204))


@pytest.mark.parametrize("status", [300, 302, 307])
@pytest.mark.parametrize("url", [NOVA + "/servers", NOVA + "/os-services", PROVIDER + "/1/allocations"])
def test_a_redirection_that_cannot_be_followed_is_no_empty_list(url, status):
    """nova's front page answers 300 with its versions, and a proxy that forgets Location 302."""
    with pytest.raises(NotAnAnswer, match=f"answered {status} with application/json, a redirection"):
        check(url, "GET", answer('{"choices": []}', status=status))


def test_keystones_front_page_offers_several_versions():
    check("http://cloud/identity/", "GET", answer('{"versions": {}}', status=300))
