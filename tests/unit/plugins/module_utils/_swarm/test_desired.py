# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._swarm.desired import swarm_name
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("name", ["nova-compute-xs-01", "a", "A_b-c"])
def test_a_name_that_swarm_takes_stays(name):
    assert swarm_name(name) == name


def test_a_domain_name_gets_a_digest():
    assert re.fullmatch(r"nova-compute-xs-01-example-com-[0-9a-f]{8}", swarm_name("nova-compute-xs-01.example.com"))


def test_a_long_name_takes_no_longer():
    begin = time.monotonic()
    assert swarm_name("nova-compute-" + "x" * 150 + ".example.com").startswith("nova-compute-xxx")
    assert time.monotonic() - begin < 1


@given(st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,200}", fullmatch=True))
def test_every_name_becomes_one_that_swarm_takes(name):
    made = swarm_name(name)
    assert len(made) <= 63 and re.fullmatch(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*", made), made


@given(st.sets(st.from_regex(r"[a-z][a-z.-]{1,4}", fullmatch=True), min_size=2, max_size=2))
def test_two_names_stay_two(names):
    assert len({swarm_name(name) for name in names}) == 2
