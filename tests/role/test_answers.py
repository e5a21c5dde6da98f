# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong, late or missing answers of any API: nothing is changed, and the cause is reported."""

from __future__ import annotations

import pytest

# Questions before anything is changed. One run tries a question to nova and one to Docker, and must report both.
FAULTS = ("html", "500", "truncated", "empty", "null", "close", "hang")
QUESTIONS = [
    *(("os-services", "list", fault) for fault in FAULTS),
    *(("token", "version", fault) for fault in ("html", "empty", "hang")),
    *(("os-hypervisors", "image", fault) for fault in ("html", "empty", "hang")),
]
SAID = {
    "html": "text/html|is not JSON|not one of Docker's API",
    "500": "500",
    "truncated": "is not JSON|not one of Docker's API",
    "empty": "without|not one of Docker's API",
    "null": "without|not one of Docker's API",
    "close": "clos|abort|disconnect",
    "hang": "timed out|no answer in time",
}


@pytest.fixture(scope="module")
def refused(make_shared_site):
    """One site for all questions, as nothing is changed on it. Another tool's nova-compute runs as t1."""
    site = make_shared_site()
    site.cloud.foreign.add("t1")
    return site


@pytest.fixture
def refusing(refused):
    yield refused
    refused.cloud.behave()
    refused.engine().behave()


@pytest.mark.parametrize(("nova", "docker", "fault"), QUESTIONS)
def test_who_does_not_tell_the_truth_refuses_the_deployment(refusing, nova, docker, fault):
    refusing.cloud.misbehave(nova, fault)
    refusing.engine().misbehave(docker, fault)
    run = refusing.run()
    said = SAID[fault]
    run.assert_refused(f"localhost: services_cloud: nova's API .*({said})", f"d1: Could not .*({said})")
    assert not refusing.engine().changes


@pytest.mark.parametrize("question", ["stop", "remove"])
def test_what_a_page_answers_is_not_gone(deployed, question):
    """A proxy in front of the engine, in maintenance: the containers run on, so their files must stay."""
    deployed.engine().misbehave(question, "html")
    run = deployed.run("remove", services_remove_confirm=deployed.fleet)
    assert run.failed
    assert "answered 200 with text/html" in run.text
    assert len(deployed.engine().services()) == 3
    assert (deployed.config() / "t1" / "nova.conf").exists()


def test_what_a_page_answers_was_not_started(site):
    site.engine().misbehave("start", "html")
    run = site.run(services_verify=False)
    assert run.failed
    assert "t1: Could not start container" in run.message and "answered 200 with text/html" in run.message, run.text
