# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of services that failed: one line for each."""

from __future__ import annotations


def test_each_service_that_is_not_up_has_lines_of_its_own(site):
    site.engine().failing.update(t1="no transport_url", t2="no transport_url")
    run = site.run()
    assert run.failed
    lines = run.message.splitlines()
    assert lines[0] == "2 of 3 services are not as they should be; the others are.", run.message
    assert [line.partition(":")[0] for line in lines if "is not up in nova" in line] == ["t1", "t2"], run.message
    assert "\\n" not in run.message


def test_a_rollout_that_stops_names_each_failure_on_a_line_of_its_own(deployed):
    deployed.engine().failing.update(t1="no option", t2="no option", t3="no option")
    run = deployed.run(services_nova_conf=dict(DEFAULT=dict(debug=True)), services_max_failures=1)
    assert run.failed
    lines = run.message.splitlines()
    assert "2 services failed, more than services_max_failures allows" in lines[0], run.message
    assert [line.partition(":")[0] for line in lines if "is not up in nova" in line] == ["t1", "t2"], run.message
    assert "\\n" not in run.message
