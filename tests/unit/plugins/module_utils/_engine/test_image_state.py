# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import image_state
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_state import NoImages


def test_digest_of_inputs_knows_no_order_of_keys_and_every_value():
    assert image_state.inputs_digest({"a": 1, "b": [2]}) == image_state.inputs_digest({"b": [2], "a": 1})
    assert image_state.inputs_digest({"a": 1, "b": [2]}) != image_state.inputs_digest({"a": 1, "b": [3]})


def test_labels_are_quoted_and_sorted():
    assert image_state.instructions({"config": ["USER 1"], "labels": {"b": 'say "x"', "a": 1}, "inputs": None}) == [
        "USER 1",
        'LABEL a="1"',
        'LABEL b="say \\"x\\""',
    ]


def test_build_is_done_once_for_the_same_inputs(api, settle):
    assert settle()["changed"]
    again = settle()
    assert not again["changed"] and "log" not in again
    assert api.names() == ["script", "start", "commit"]
    assert settle(inputs={"a": 2})["changed"]


def test_check_mode_does_nothing(api, images, settle):
    assert settle(check_mode=True)["changed"]
    assert settle(check_mode=True, source="pull", inputs=None)["changed"]
    assert not api.calls and list(api.images) == ["base:1"]


def test_replaced_image_goes_when_nothing_uses_it(api, images, settle):
    for inputs, used, left in ((1, False, False), (2, True, True)):
        settle(inputs=inputs)
        old = dict(api.images["nova:1"], RepoTags=[])
        api.images[old["Id"]] = old
        api.in_use = {old["Id"]} if used else set()
        settle(inputs=inputs + 10)
        assert (old["Id"] in api.images) is left


def test_replaced_image_with_another_name_stays(api, images, settle):
    settle()
    api.images[api.images["nova:1"]["Id"]] = dict(api.images["nova:1"], RepoTags=["mine:1"])
    ident = api.images["nova:1"]["Id"]
    settle(inputs={"a": 2})
    assert ident in api.images


def test_the_same_image_once_more_is_no_change(api, monkeypatch, settle):
    api.add("nova:1")
    monkeypatch.setattr(api, "add", lambda _name: None)
    assert not settle(source="pull", inputs={"a": 2})["changed"]


def test_image_that_is_there_is_not_pulled_again(api, settle):
    api.add("nova:1")
    assert not settle(source="pull", inputs=None)["changed"]


def test_archive_must_hold_the_image(api, tmp_path, settle):
    archive = tmp_path / "a.tar"
    archive.write_bytes(b"")
    api.loads = ("other:1",)
    with pytest.raises(EngineError, match=r"a.tar does not hold the image nova:1, but other:1\. Name"):
        settle(source="load", archive=str(archive), inputs=None)
    api.loads = ("nova:1",)
    assert settle(source="load", archive=str(archive), inputs=None)["changed"]


def test_archive_that_is_not_there_is_named(settle):
    with pytest.raises(EngineError, match="Could not load /nowhere/a.tar"):
        settle(source="load", archive="/nowhere/a.tar")


def test_imported_root_is_labelled(api, settle):
    assert settle(source="import", archive="/a.tar", config=['CMD ["/bin/bash"]'])["changed"]
    digest = image_state.inputs_digest({"a": 1})
    assert api.calls == [("import", ['CMD ["/bin/bash"]', f'LABEL novafleet.image.inputs="{digest}"'])]


def test_image_is_saved_once(api, tmp_path, settle):
    archive = str(tmp_path / "nova.tar")
    assert settle(save=archive)["changed"]
    assert not settle(save=archive)["changed"]
    settle(inputs={"a": 2})
    assert settle(inputs={"a": 2}, save=archive)["changed"]
    assert not list(tmp_path.glob("*.part"))


def test_broken_archive_is_written_again(tmp_path, settle):
    settle()
    archive = tmp_path / "nova.tar"
    archive.write_bytes(b"not a tar file")
    assert settle(save=str(archive))["changed"]
    assert not settle(save=str(archive))["changed"]


def test_absent_removes_the_image_once(api, images, settle):
    settle()
    assert settle(check_mode=True, state="absent")["changed"] and "nova:1" in api.images
    assert settle(state="absent")["changed"] and "nova:1" not in api.images
    assert not settle(state="absent")["changed"]


def test_diff_shows_id_and_labels(settle):
    assert image_state.shown(None) == {}
    assert set(image_state.shown(settle()["image"])) == {"id", "labels"}


@pytest.mark.parametrize("source", ["pull", "load", "import", "build"])
def test_a_check_run_before_there_is_an_engine_says_what_it_would_bring(source, image_params):
    result = image_state.settle(NoImages(), None, image_params(source=source, archive="/a.tar"), check_mode=True)
    assert (result["changed"], result["current"], result["image"]) == (True, False, None)
