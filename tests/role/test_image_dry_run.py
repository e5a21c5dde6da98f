# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dry runs of role nova_image: role services plans with the image that a run would provide."""

from __future__ import annotations

BUILT = "novafleet/nova-compute:epoxy"
ROLES = ["novafleet.compute.nova_image", "novafleet.compute.services"]
PLAY = [{"hosts": "nova_compute_hosts", "gather_facts": False, "any_errors_fatal": True, "roles": ROLES}]
CURRENT = """echo '{"changed": false, "current": true, "image": null}'; exit 0"""


def test_an_image_that_a_run_would_only_copy_is_planned_with(pair):
    """The Docker host that builds the image has it, and the other one is new."""
    del pair.vars["services_image"]
    pair.engine("d1").images[BUILT] = "sha256:" + "1" * 64
    with pair.broken("d1", CURRENT, "image"):
        run = pair.run(PLAY, "--check")
    assert not run.failed, run.text
    planned = run.results("Apply the plan to the Docker host")
    assert [step["action"] for result in planned.values() for step in result["services"]] == ["create"] * 4


def test_a_build_host_that_is_not_in_the_run_is_refused(site):
    run = site.run(PLAY, "--check", nova_image_build_host="d9")
    run.assert_refused("d1: nova_image_build_host: d9 is not in this run")
