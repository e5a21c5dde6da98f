# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of steps that create containers, in the form that checks get."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Actual, Plan, Step


@pytest.fixture
def images():
    """Image to its id, as in the plan."""
    return {"nova:1": "sha256:1"}


@pytest.fixture
def step(policy):
    """Function that makes a step of a service. Further arguments override its container's settings."""

    def make(name, action="create", image="nova:1", **container):
        entry = dict(name=name, image=image, container=container, files=[{"path": "nova.conf", "sha256": "0" * 64}])
        return Step(action, name, desired=desired.service(entry, policy, "nova", "n-", "/etc/novafleet"))

    return make


@pytest.fixture
def planned(engine, images):
    """Function that makes a plan of steps, and the Docker host that a check gets."""

    def make(*steps, **params):
        wanted = {step.service: step.desired for step in steps}
        plan = Plan("nova", "/etc/novafleet", Actual([], images), wanted, {}, frozenset(), False, steps)
        return plan, Host(engine, params)

    return make
