# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import images as _images


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("nova:1", "nova", "1"),
        ("nova", "nova", "latest"),
        ("registry:5000/nova", "registry:5000/nova", "latest"),
        ("registry:5000/a/nova:34.0.0", "registry:5000/a/nova", "34.0.0"),
    ],
)
def test_name_is_split_into_repository_and_tag(name, repository, tag):
    assert _images._split(name) == (repository, tag)


DIGEST = "sha256:" + "1" * 64
FAILURES = [
    [{"status": "Pulling"}, {"error": "manifest unknown"}],
    [{"errorDetail": {"code": 404, "message": "manifest unknown"}}],
    [{"errorDetail": {"message": "manifest unknown"}, "error": "manifest unknown"}],
    # The body of an answer to a request that failed as a whole.
    [{"message": "manifest unknown"}],
    [{"errorDetail": "manifest unknown"}],
]


@pytest.mark.parametrize("events", FAILURES)
def test_image_that_no_registry_has_is_named(api, events, settle):
    api.events = events
    with pytest.raises(EngineError, match="Could not pull image nowhere:1: manifest unknown"):
        settle(name="nowhere:1", source="pull", inputs=None)


@pytest.mark.parametrize("events", FAILURES)
def test_an_archive_that_cannot_be_loaded_is_a_failure(api, tmp_path, events, settle):
    (tmp_path / "a.tar").write_bytes(b"")
    api.events = events
    with pytest.raises(EngineError, match=r"Could not load .*a\.tar: manifest unknown"):
        settle(source="load", archive=str(tmp_path / "a.tar"), inputs=None)


def test_a_failure_without_a_word_is_one_too(api, settle):
    api.events = [{"errorDetail": {}}]
    with pytest.raises(EngineError, match="does not say why"):
        settle(source="pull", inputs=None)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nova", ("nova", "latest")),
        ("nova:1", ("nova", "1")),
        (f"nova@{DIGEST}", ("nova", DIGEST)),
        (f"registry:5000/a/nova@{DIGEST}", ("registry:5000/a/nova", DIGEST)),
        (f"registry:5000/nova:1@{DIGEST}", ("registry:5000/nova", DIGEST)),
    ],
)
def test_an_image_is_pulled_by_tag_or_by_digest(api, images, name, asked):
    images.pull(name)
    assert api.calls == [("pull", *asked)]


@pytest.mark.parametrize("name", [DIGEST, "1" * 64])
def test_an_id_is_not_pulled(api, name, settle):
    with pytest.raises(EngineError, match="is an id, which no registry knows"):
        settle(name=name, source="pull", inputs=None)
    assert not api.calls


def test_an_image_that_is_not_there_after_a_pull_is_a_failure(api, settle):
    api.events = [{"status": "Status: Image is up to date"}]
    with pytest.raises(EngineError, match="image nova:1 is not there afterwards"):
        settle(source="pull", inputs=None)


def test_an_account_that_is_missing_is_told_where_to_log_in(api, settle):
    api.events = [{"error": "pull access denied for nova, repository does not exist or may require 'docker login'"}]
    with pytest.raises(EngineError, match="log in to its registry on this Docker host, as the user"):
        settle(source="pull", inputs=None)


def test_an_archive_that_did_not_fit_leaves_no_part_of_it(api, images, tmp_path):
    def chunks(_name):
        yield b"a"
        raise OSError(28, "No space left on device")

    api.get_image = chunks
    with pytest.raises(EngineError, match="No space left on device"):
        images.save("nova:1", str(tmp_path / "nova.tar"))
    assert list(tmp_path.iterdir()) == []
