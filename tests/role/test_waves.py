# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures in the first wave, which interrupts no service: they count like those of the other waves."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("allowed", "interrupted"), [(0, False), (1, True)])
def test_a_new_service_that_fails_counts_before_others_are_interrupted(deployed, allowed, interrupted):
    before = len(deployed.engine().changes)
    deployed.targets["t4"] = {}
    deployed.engine().misbehave("create", "500")
    run = deployed.run(services_nova_conf=dict(DEFAULT=dict(debug=True)), services_max_failures=allowed)
    assert run.failed
    assert "t4: " in run.message and "500" in run.message, run.text
    assert (len(deployed.engine().changes[before:]) > 0) == interrupted
