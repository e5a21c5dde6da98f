# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import zlib

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import image_options
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError


class Images:
    """An Engine's answers about images: name to id, id to its list."""

    def __init__(self, lists):
        self.lists, self.read = lists, []

    def image_ids(self, names):
        return {name: f"sha256:{name}" if name in self.lists else None for name in names}

    def read_file(self, image, path):
        self.read.append((image, path))
        content = self.lists[image.rpartition(":")[2]]
        if isinstance(content, Exception):
            raise content
        return content


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(image_options, "CACHE", str(tmp_path / "new" / "cache"))
    return tmp_path / "new"


def test_the_list_is_read_once_for_an_image():
    images = Images({"a": b"{}", "b": b"[]"})
    found = image_options.nova_options(images, ["a", "b"])
    assert [zlib.decompress(base64.b64decode(one["options"])) for one in found] == [b"{}", b"[]"]
    assert [(one["image"], one["reason"]) for one in found] == [("a", ""), ("b", "")]
    assert image_options.nova_options(images, ["a", "b"]) == found
    assert images.read == [("sha256:a", image_options.PATH), ("sha256:b", image_options.PATH)]


def test_an_image_without_a_list_is_read_again(cache):
    images = Images({"a": None})
    for _again in range(2):
        (found,) = image_options.nova_options(images, ["a"])
        assert (found["options"], found["reason"][:10]) == ("", "it has no ")
    assert len(images.read) == 2
    assert not cache.exists()


def test_an_absence_that_an_earlier_release_has_kept_does_not_count(cache):
    (cache / "cache").mkdir(parents=True)
    (cache / "cache" / "a").write_text("")
    assert image_options.nova_options(Images({"a": b"{}"}), ["a"])[0]["options"]


def test_an_engine_that_refuses_says_why_and_is_asked_again():
    images = Images({"a": EngineError("no")})
    for _again in range(2):
        assert image_options.nova_options(images, ["a"]) == [dict(image="a", options="", reason="no")]
    assert len(images.read) == 2


def test_a_cache_that_cannot_be_written_is_no_error(cache):
    cache.write_text("in the way")
    images = Images({"a": b"{}"})
    for _again in range(2):
        assert image_options.nova_options(images, ["a"])[0]["options"]
    assert len(images.read) == 2


def test_images_that_are_not_there_are_left_out():
    assert image_options.nova_options(Images({}), ["a"]) == []


@pytest.mark.parametrize("damage", [b"eJ", b"\xff\xfe", b"AAAA", b"no list"])
def test_a_damaged_copy_is_read_again(cache, damage):
    (cache / "cache").mkdir(parents=True)
    (cache / "cache" / "a").write_bytes(damage)
    images = Images({"a": b"{}"})
    (found,) = image_options.nova_options(images, ["a"])
    assert zlib.decompress(base64.b64decode(found["options"])) == b"{}"
    assert len(images.read) == 1
