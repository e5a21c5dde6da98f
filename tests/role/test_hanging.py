# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""APIs that take a request and never answer it, wherever a run asks them: it ends, with the cause."""

from __future__ import annotations

import time

import pytest

# A few requests, each given up after site_of_stand_ins.API_TIMEOUT seconds asked again once, and Ansible's time.
PATIENCE = 60


def test_nova_hangs_while_the_role_waits_for_services(site):
    site.cloud.misbehave("os-services", "hang", after=1)
    begin = time.monotonic()
    run = site.run()
    assert run.failed
    assert time.monotonic() - begin < PATIENCE
    assert "in time" in run.message or "timed out" in run.message, run.text
    # What was started stays.
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
    """A fleet of which nothing is retired, as nova does not answer."""
    site = make_shared_site()
    site.deploy()
    return site
