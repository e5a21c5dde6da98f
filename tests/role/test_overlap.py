# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs of one inventory at the same time, and one that is killed."""

from __future__ import annotations

import sys

import pytest

# What nova-manage prints, with status 2, if another one maps the same host at the same time.
DUPLICATE = "ERROR: Duplicate host mapping was encountered. Error: Host 't1' mapping already exists"
# Fails so many times before it maps the hosts.
COLLIDES = """
import pathlib, subprocess, sys
left = pathlib.Path(__file__).with_name("left")
number = int(left.read_text()) - 1
left.write_text(str(number))
if number >= 0:
    sys.exit(print({message!r}) or 2)
subprocess.run({discover!r}, check=True)
"""


def test_runs_that_overlap_start_each_service_once(site):
    runs = [run.wait() for run in (site.begin(), site.begin())]
    assert not any(run.failed for run in runs), "\n".join(run.text for run in runs)
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}
    created = [name for event, name in site.engine().changes if event == "create"]
    assert sorted(created) == sorted(set(created))


def test_of_runs_with_different_variables_one_counts_as_a_whole(make_site):
    site = make_site(targets=("t1",))
    site.deploy()
    begun = [site.begin(services_nova_conf=dict(DEFAULT=dict(debug=debug))) for debug in (True, False)]
    runs = [run.wait() for run in begun]
    assert not any(run.failed for run in runs), "\n".join(run.text for run in runs)
    assert site.places() == {"t1": "d1"}
    debug = "debug = true" in (site.config() / "t1" / "nova.conf").read_text(encoding="utf-8").lower()
    # With the variables of the last run, nothing has to be changed.
    assert site.deploy(services_nova_conf=dict(DEFAULT=dict(debug=debug))).stats["d1"]["changed"] == 0


def test_a_run_that_is_killed_is_continued_by_the_next(site):
    engine = site.engine()
    engine.misbehave("start", "hang", times=1, after=1)
    run = site.begin()
    site.wait_until(lambda: engine.asked["start"] >= 2)
    run.kill()
    engine.behave()
    site.deploy()
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


@pytest.mark.parametrize(("message", "mapped"), [(DUPLICATE, True), ("ERROR: could not access cell", False)])
def test_another_program_that_maps_the_hosts_at_the_same_time_fails_no_run(site, message, mapped):
    site.cloud.maps_hosts = False
    (site.directory / "left").write_text("1", encoding="utf-8")
    program = site.directory / "discover.py"
    program.write_text(COLLIDES.format(message=message, discover=site.cloud.discover_command), encoding="utf-8")
    site.vars.update(services_discover_command=[sys.executable, str(program)], services_discover_host="localhost")
    run = site.run()
    assert run.failed != mapped, run.text
    assert message in str(run.results("Map new hosts to their cell")) or mapped
    assert all(record.mapped for record in site.cloud.records.values()) == mapped
