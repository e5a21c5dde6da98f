# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that takes long says how far it is where somebody looks on, and nowhere else."""

from __future__ import annotations

import os
import re

import pytest
from observed_fleet import COUNT

LINE = re.compile(rf"^\[localhost\] (\d+) of {COUNT} services done, 0 failed, [\d.]+ a second, about \d+ s left", re.M)


@pytest.fixture
def slowly():
    """Options of a run that takes more than ten seconds."""
    return dict(start_cpu_seconds=1.4 * os.cpu_count())


SAME = pytest.mark.only_on("docker", "the controller tells it, which knows nothing of the engine")


@pytest.mark.parametrize("pipelining", ["true", pytest.param("false", marks=SAME)])
def test_progress_on_a_terminal(fleet, slowly, pipelining, monkeypatch):
    monkeypatch.setitem(fleet.settings, "ANSIBLE_PIPELINING", pipelining)
    run = fleet.begin(terminal=True, **slowly)
    assert run.result()["summary"]["create"] == COUNT
    done = [int(number) for number in LINE.findall(run.log_text())]
    assert done, run.log_text()
    assert done == sorted(done)
    assert 0 < done[0] < COUNT
    fleet.assert_all_run()


@SAME
def test_quiet_without_a_terminal(fleet, slowly):
    run = fleet.begin(**slowly)
    assert run.result()["summary"]["create"] == COUNT
    assert "services done" not in run.log_text()


@SAME
def test_quiet_when_there_is_nothing_to_tell(fleet):
    assert not fleet.run()["failed"]
    run = fleet.begin(terminal=True)
    assert run.result()["changed"] is False
    assert "services done" not in run.log_text()
