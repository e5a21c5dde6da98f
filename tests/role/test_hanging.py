# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""APIs that accept a request and never answer it, at any step of a run: the run ends with the cause."""

from __future__ import annotations

import time

import pytest

# Time for a few requests, each of which ends after API_TIMEOUT seconds and is repeated once, and for Ansible itself.
PATIENCE = 60


def test_nova_hangs_while_the_role_waits_for_services(site):
    site.cloud.misbehave("os-services", "hang", after=1)
    begin = time.monotonic()
    run = site.run()
    assert run.failed
    assert time.monotonic() - begin < PATIENCE
    assert "in time" in run.message or "timed out" in run.message, run.text
    # Services that were started stay.
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


def test_placement_hangs_while_the_role_waits_for_resource_providers(site):
    site.cloud.misbehave("resource_providers", "hang")
    run = site.run()
    assert run.failed
    assert "in time" in run.message or "timed out" in run.message, run.text


def test_docker_hangs_while_containers_are_created(site):
    site.engine().misbehave("create", "hang")
    run = site.run()
    assert run.failed
    assert "in time" in run.message or "timed out" in run.message, run.text
    assert not site.running()


@pytest.mark.parametrize("question", ["os-services", "token", "servers"])
def test_nova_hangs_while_services_are_retired(retiring, question):
    retiring.cloud.misbehave(question, "hang")
    run = retiring.run("retire", services_retire=["t1"])
    retiring.cloud.behave()
    assert run.failed
    assert "in time" in run.message or "timed out" in run.message, run.text
    assert retiring.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


@pytest.fixture(scope="module")
def retiring(make_shared_site):
    """A fleet of which no service can be retired, because nova does not answer."""
    site = make_shared_site()
    site.deploy()
    return site
