# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import memory
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step

FOUR = dict.fromkeys("abcd", 100)


@pytest.mark.parametrize(
    ("swap", "percent", "expected"),
    [("", 0, 2048), ("", 50, 2048), ("SwapFree: 1048576 kB\n", 0, 2048), ("SwapFree: 1048576 kB\n", 50, 2560)],
)
def test_available_is_what_the_kernel_says(tmp_path, swap, percent, expected):
    (tmp_path / "meminfo").write_text("MemTotal: 9999999 kB\nMemFree:  1 kB\nMemAvailable:    2097152 kB\n" + swap)
    assert memory.available_mb(percent, str(tmp_path / "meminfo")) == expected


@pytest.mark.parametrize("text", [None, "MemTotal: 1 kB\n"])
def test_a_kernel_that_does_not_say_is_no_reason_to_refuse(tmp_path, text):
    if text:
        (tmp_path / "meminfo").write_text(text)
    assert memory.available_mb(50, str(tmp_path / "meminfo")) is None
    assert memory.shortfall(FOUR, None, 0) == ""


@pytest.mark.parametrize(
    ("action", "state", "counts"),
    [
        ("create", None, True),
        ("start", "exited", True),
        ("start", "paused", True),
        ("recreate", "exited", True),
        ("recreate", "running", False),
        ("recreate", "lost", False),
        ("restart", "running", False),
        ("rename", "running", False),
        ("leave", "running", False),
        ("remove", "exited", False),
        ("unwanted", "running", False),
    ],
)
def test_only_what_takes_more_memory_counts(action, state, counts):
    container = Container(id="1", name="n", state=state) if state else None
    assert memory.starting([Step(action, "a", container=container)]) == (["a"] if counts else [])


@pytest.mark.parametrize(
    ("needs", "available", "reserve"), [(FOUR, 400, 0), (FOUR, 500, 100), ({}, 0, 100), (dict(FOUR, e=50), 450, 0)]
)
def test_it_suffices(needs, available, reserve):
    assert memory.shortfall(needs, available, reserve) == ""


def test_the_arithmetic_is_shown():
    problem = memory.shortfall(FOUR, 499, 100)
    assert problem.startswith(
        "memory: 4 services that do not run yet (a, b, c, ...) need 4 x 100 MB (memory_per_service_mb) = 400 MB. "
        "This Docker host has 499 MB available, of which 100 MB (memory_reserve_mb) stay free: 399 MB, enough for 3. "
    )


def test_a_reserve_that_is_not_there_leaves_room_for_none():
    assert "-50 MB, enough for 0." in memory.shortfall(FOUR, 50, 100)


def test_services_may_take_more_or_less_than_others():
    problem = memory.shortfall(dict(FOUR, e=230, f=230), 700, 0)
    assert "6 services that do not run yet" in problem
    assert "need 4 x 100 MB + 2 x 230 MB (memory_per_service_mb) = 860 MB" in problem
    assert "700 MB, enough for 5." in problem
