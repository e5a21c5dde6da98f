# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import progress
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.progress import Watch, sentence


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            dict(done=120, failed=1, total=500, seconds=40),
            "120 of 500 services done, 1 failed, 3.0 a second, about 127 s left",
        ),
        (dict(done=0, failed=0, total=5, seconds=3), "0 of 5 services done, 0 failed"),
        (dict(done=5, failed=0, total=5, seconds=0), "5 of 5 services done, 0 failed"),
    ],
)
def test_sentence(state, words):
    assert sentence(state) == words


def test_a_watch_shows_what_it_reads_until_it_is_over(monkeypatch):
    monkeypatch.setattr(progress, "SHOW_SECONDS", 0.01)
    shown, enough = [], threading.Event()
    states = iter([None, dict(done=1, failed=0, total=2, seconds=1), dict(done=2, failed=0, total=2, seconds=2)])

    def read():
        state = next(states, None)
        if state is None and shown:
            enough.set()
        return state

    with Watch(read, shown.append) as watch:
        assert enough.wait(10)
    assert not watch.thread.is_alive()
    assert [text.split(" services")[0] for text in shown] == ["1 of 2", "2 of 2"]


def test_a_short_run_is_not_asked():
    asked = []
    with Watch(lambda: asked.append(1), asked.append):
        pass
    assert asked == []
