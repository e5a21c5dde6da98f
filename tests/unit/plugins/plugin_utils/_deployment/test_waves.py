# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import waves as _waves
from hypothesis import given
from hypothesis import strategies as st

ACTIONS = ["create", "start", "recreate", "restart", "rename", "remove", "leave", "unwanted"]


def plan(*actions, parts=()):
    """The actions of each service, and the parts of its first containers as far as they are given."""
    return [
        dict(name=f"s{index}", action=action, part=parts[index] if index < len(parts) else None)
        for index, action in enumerate(actions)
    ]


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


@pytest.mark.parametrize("part", ["standby", "starting"])
def test_what_waits_for_its_lease_interrupts_nobody(part):
    found = plan("recreate", "restart", "recreate", "restart", parts=[part, part, "active", None])
    assert _waves.waves(found, "1") == [
        dict(names=["s0", "s1"], gated=False),
        dict(names=["s2"], gated=True),
        dict(names=["s3"], gated=True),
    ]
    assert _waves.waves(found, "2") == []


def test_on_several_hosts_what_interrupts_comes_last_even_where_one_wave_would_do():
    found = plan("create", "recreate", "restart", parts=[None, "active", "standby"])
    assert _waves.waves(found, "5", apart=True) == [
        dict(names=["s0", "s2"], gated=False),
        dict(names=["s1"], gated=True),
    ]
    assert _waves.waves(plan("create", "leave"), "5", apart=True) == [dict(names=["s0"], gated=False)]
    assert _waves.waves(plan("leave", "unwanted"), "5", apart=True) == []


@given(
    st.lists(st.sampled_from(ACTIONS), max_size=30),
    st.lists(st.sampled_from(["active", "standby", "starting", None]), max_size=30),
    st.integers(1, 5),
    st.booleans(),
)
def test_each_is_in_one_wave_and_none_is_too_large(actions, parts, unavailable, apart):
    found = plan(*actions, parts=parts)
    waves = _waves.waves(found, str(unavailable), apart)
    names = [name for wave in waves for name in wave["names"]]
    assert len(names) == len(set(names))
    assert all(0 < len(wave["names"]) <= unavailable for wave in waves if wave["gated"])
    assert [wave["gated"] for wave in waves] == sorted(wave["gated"] for wave in waves)
    changed = {one["name"] for one in found if one["action"] not in ("remove", "leave", "unwanted")}
    interrupted = {
        one["name"]
        for one in found
        if one["action"] in ("recreate", "restart") and one["part"] not in ("standby", "starting")
    }
    assert not waves or {name for wave in waves if wave["gated"] for name in wave["names"]} == interrupted
    assert not waves or set(names) == changed
    assert waves or (not changed if apart else len(interrupted) <= unavailable)


def test_moves_go_in_waves():
    moves = [dict(service=name) for name in "abcde"]
    assert [len(wave) for wave in _waves.move_waves(moves, "2")] == [2, 2, 1]
    assert [len(wave) for wave in _waves.move_waves(moves, "40%")] == [2, 2, 1]
    assert _waves.move_waves([], 1) == []
