# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import at_once as _at_once
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.at_once import LATE, at_once, budget


def test_nothing_to_ask():
    assert at_once(str, [], 1) == []


def test_results_are_in_the_order_of_the_items():
    assert at_once(str, list(range(2000)), 1) == [str(number) for number in range(2000)]


def test_five_hundred_wait_at_the_same_time():
    """All calls wait until the last one has started."""
    meeting = threading.Barrier(500, timeout=30)
    assert sorted(at_once(lambda _item: meeting.wait(), list(range(500)), 30)) == list(range(500))


@pytest.mark.parametrize(("number", "waits"), [(0, 0), (1, 1), (500, 1), (512, 1), (513, 2), (2000, 4)])
def test_what_a_number_of_dead_ones_costs(number, waits):
    assert budget(number, 10) == waits * 10 + _at_once.GRACE_SECONDS


def test_who_hangs_is_late_and_nobody_else(monkeypatch):
    monkeypatch.setattr(_at_once, "GRACE_SECONDS", 0.2)
    release = threading.Event()
    try:
        assert at_once(lambda item: item or release.wait(), [1, 0, 2], 0.1) == [1, LATE, 2]
    finally:
        release.set()


def test_nothing_is_begun_after_the_deadline(monkeypatch):
    monkeypatch.setattr(_at_once, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(_at_once, "MOST_AT_ONCE", 1)
    release, begun = threading.Event(), []
    found = at_once(lambda item: begun.append(item) or release.wait(5), [1, 2, 3], 0.05)
    release.set()
    assert (found, begun) == ([LATE] * 3, [1])


def test_an_error_of_ours_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        at_once(lambda item: 1 / item, [1, 0], 1)
