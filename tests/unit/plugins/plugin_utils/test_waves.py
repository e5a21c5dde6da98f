# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils import _waves
from hypothesis import given
from hypothesis import strategies as st

ACTIONS = ["create", "start", "recreate", "restart", "rename", "remove", "leave", "unwanted"]


def plan(*actions):
    return [dict(name=f"s{index}", action=action) for index, action in enumerate(actions)]


def test_what_interrupts_nobody_goes_first_and_nobody_waits_for_it():
    assert _waves.waves(plan("recreate", "create", "leave", "restart", "start", "unwanted"), "1") == [
        dict(names=["s1", "s4"], gated=False),
        dict(names=["s0"], gated=True),
        dict(names=["s3"], gated=True),
    ]


@pytest.mark.parametrize("unavailable", ["2", "3", "100%"])
def test_one_wave_is_none(unavailable):
    assert _waves.waves(plan("recreate", "recreate", "create"), unavailable) == []


def test_a_share_is_one_of_all_that_shall_run():
    assert [len(wave["names"]) for wave in _waves.waves(plan(*["restart"] * 5, *["leave"] * 15), "10%")] == [2, 2, 1]


@given(st.lists(st.sampled_from(ACTIONS), max_size=30), st.integers(1, 5))
def test_each_is_in_one_wave_and_none_is_too_large(actions, unavailable):
    waves = _waves.waves(plan(*actions), str(unavailable))
    names = [name for wave in waves for name in wave["names"]]
    assert len(names) == len(set(names))
    assert all(len(wave["names"]) <= unavailable for wave in waves if wave["gated"])
    interrupted = {one["name"] for one in plan(*actions) if one["action"] in ("recreate", "restart")}
    assert not waves or {name for wave in waves if wave["gated"] for name in wave["names"]} == interrupted
