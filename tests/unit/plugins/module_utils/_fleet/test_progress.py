# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import progress as _progress
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.progress import Progress


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    monkeypatch.setattr(_progress, "WRITE_SECONDS", 0)


def test_the_file_says_how_far_the_run_is(tmp_path):
    path = tmp_path / "progress.json"
    progress = Progress(str(path), 3)
    progress.step(False)
    progress.step(True)
    progress.fail(1)
    state = json.loads(path.read_text())
    assert state.pop("seconds") >= 0
    assert state == dict(done=2, failed=2, total=3)
    assert [one.name for one in tmp_path.iterdir()] == ["progress.json"]


def test_nothing_done_is_nothing_to_tell(tmp_path):
    Progress(str(tmp_path / "progress.json")).fail(0)
    assert not list(tmp_path.iterdir())


def test_many_steps_are_few_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(_progress, "WRITE_SECONDS", 60)
    progress = Progress(str(tmp_path / "progress.json"), 9)
    for _step in range(9):
        progress.step(False)
    assert json.loads((tmp_path / "progress.json").read_text())["done"] == 1


def test_a_file_that_cannot_be_written_ends_nothing(tmp_path):
    progress = Progress(str(tmp_path / "missing" / "progress.json"), 1)
    progress.step(False)
    assert progress.done == 1


def test_nobody_asked():
    progress = Progress()
    progress.step(True)
    assert (progress.done, progress.failed) == (1, 1)
