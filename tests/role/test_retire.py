# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in services_retire that are those of no service."""

from __future__ import annotations


def test_names_that_are_those_of_no_service_are_told(site):
    site.deploy()
    run = site.run("retire", services_retire=["T1", "t2"])
    assert run.failed
    assert "T1: services_retire: nova knows this service as t1." in run.message, run.text
    run = site.run("retire", services_retire=["t9"])
    assert not run.failed, run.text
    assert "t9: neither nova nor a Docker host has this service" in str(run.results("Report names that nothing has"))
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
