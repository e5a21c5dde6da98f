# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError, EngineTimeout, Rejected
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import container_settings
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.read import TO_COME


@pytest.fixture
def problems(planned):
    """Function that checks a plan of steps."""
    return lambda *steps: list(container_settings.problems(*planned(*steps)))


def test_one_container_of_each_kind_is_tried_which_is_nobodys(engine, step, problems):
    assert (
        problems(
            step("a"),
            step("b"),
            step("c", memory=5),
            step("e", environment={"A": "1"}, labels={"b": "2"}),
            step("d", action="recreate"),
        )
        == []
    )
    assert len(engine.rehearsed) == 2
    for spec in engine.rehearsed:
        assert (spec.fleet, spec.service, spec.files, spec.settings["labels"]) == ("", "", "", {})


@pytest.mark.parametrize("action", ["leave", "start", "restart", "rename", "unwanted"])
def test_nothing_is_tried_where_nothing_is_created(engine, step, problems, action):
    engine.rejected = Rejected("no")
    assert problems(step("a", action=action)) == []
    assert engine.rehearsed == []


def test_mounts_of_the_operator_are_tried(engine, step, problems):
    problems(step("a", mounts=[{"source": "/run/x", "target": "/run/x"}]))
    (spec,) = engine.rehearsed
    assert [mount["source"] for mount in spec.settings["mounts"]] == ["/run/x"]


@pytest.mark.parametrize(
    ("fix", "told"), [("Set userns_mode: host", "Set userns_mode: host"), ("", "Correct the container settings")]
)
def test_what_the_engine_refuses_is_told_with_its_fix(engine, step, problems, fix, told):
    engine.rejected = Rejected("Could not create container x: the words.", "the words.", fix)
    (problem,) = problems(step("a"), step("b", memory=5))
    refused = "container settings, which a and 1 others need, are refused by this Docker host's engine: the words. "
    assert problem.startswith(refused + told)


@pytest.mark.parametrize("ident", [None, TO_COME])
def test_what_has_no_image_yet_is_not_tried(engine, step, problems, images, ident):
    images["absent:1"] = ident
    assert problems(step("a", image="absent:1")) == []
    assert engine.rehearsed == []


def test_a_disk_that_is_full_is_left_to_each_service(engine, step, problems):
    engine.rejected = EngineError("no space left on device")
    assert problems(step("a")) == []


def test_an_engine_that_is_silent_ends_it(engine, step, problems):
    engine.rejected = EngineTimeout("no answer")
    with pytest.raises(EngineTimeout):
        problems(step("a"))
