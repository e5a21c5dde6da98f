# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of a part of a deployment: what a part that is left out would report fails the run, too."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("part", [("--skip-tags", "verify"), ("--tags", "configure"), ("--tags", "services")])
def test_a_service_that_could_not_be_deployed_fails_a_part_without_nova(site, part):
    site.engine().misbehave("create", "500")
    run = site.run("deploy", *part)
    assert run.failed
    assert "t1: " in run.message and "500" in run.message, run.text
