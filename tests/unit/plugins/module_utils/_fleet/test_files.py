# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import os
import stat

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import files as _files
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import File
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import Directory, FileStore

UID, GID = os.getuid(), os.getgid()


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def file(path, content="x", mode=0o640):
    return File(path, sha(content), mode)


@pytest.fixture
def store(tmp_path):
    return FileStore(str(tmp_path / "root"), "nova", UID, GID)


def write(store, service="a", restart_owed=False, delete=(), keep=(), **contents):
    """Write files given as name=content, '.' in names written as '_'."""
    contents = {name.replace("_", "."): text for name, text in contents.items()}
    files = [file(name, text) for name, text in contents.items()]
    store.write(service, [*files, *keep], files, delete, contents, restart_owed)
    return files


def names(store, service="a"):
    return sorted(os.listdir(store.path(service)))


def test_what_is_written_is_read_back(store):
    write(store, nova_conf="one\n", compute_id="ü")
    files = {"nova.conf": (sha("one\n"), 0o640), "compute.id": (sha("ü"), 0o640)}
    assert store.read_all() == {"a": Directory("nova", files, False)}
    assert store.text("a", "nova.conf") == "one\n"


def test_modes_and_owner(store):
    write(store, nova_conf="secret")
    for name, mode in (("nova.conf", 0o640), ("", 0o750), (_files.MANIFEST, 0o644)):
        info = os.stat(store.path("a", name))
        assert (stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid) == (mode, UID, GID), name


def test_root_that_does_not_exist_holds_nothing(store):
    assert store.read_all() == {}
    assert store.text("a", "nova.conf") == ""
    store.remove("a")


@pytest.mark.parametrize("edit", ["content", "mode", "owner", "gone"])
def test_an_edit_on_disk_is_seen(store, edit):
    write(store, nova_conf="x")
    path = store.path("a", "nova.conf")
    if edit == "content":
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("y")
    elif edit == "mode":
        os.chmod(path, 0o644)
    elif edit == "owner":
        store = FileStore(store.root, "nova", UID + 1, GID)
    else:
        os.unlink(path)
    found = store.read_all()["a"].files.get("nova.conf")
    expected = {"content": (sha("y"), 0o640), "mode": (sha("x"), 0o644), "owner": (sha("x"), -1), "gone": None}
    assert found == expected[edit]


def test_a_file_is_replaced_not_rewritten(store):
    """A process that has the old file open keeps reading the whole old file."""
    write(store, nova_conf="old")
    with open(store.path("a", "nova.conf"), encoding="utf-8") as stream:
        write(store, nova_conf="new")
        assert stream.read() == "old"
    assert store.text("a", "nova.conf") == "new"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(store, monkeypatch):
    write(store, nova_conf="old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files.os, "fchmod", full)
    with pytest.raises(OSError, match="No space"):
        write(store, nova_conf="new")
    assert store.text("a", "nova.conf") == "old"
    assert names(store) == [".novafleet", "nova.conf"]


def test_temporary_file_is_private(store, monkeypatch):
    seen = []
    monkeypatch.setattr(_files.os, "fchown", lambda fd, *_: seen.append(stat.S_IMODE(os.fstat(fd).st_mode)))
    write(store, nova_conf="secret")
    assert set(seen) == {0o600}


def test_manifest_comes_first(store, monkeypatch):
    """A run that is killed after writing the manifest and before the files owes a restart."""
    write(store, nova_conf="old")
    replace = FileStore._replace

    def only_manifest(self, directory, name, *rest):
        if name != _files.MANIFEST:
            raise KeyboardInterrupt
        replace(self, directory, name, *rest)

    monkeypatch.setattr(FileStore, "_replace", only_manifest)
    with pytest.raises(KeyboardInterrupt):
        write(store, nova_conf="new", extra_conf="new", restart_owed=True)
    assert store.read_all()["a"] == Directory("nova", {"nova.conf": (sha("old"), 0o640)}, True)


def test_files_no_longer_wanted_go_and_others_stay(store):
    write(store, nova_conf="x", old_conf="x")
    with open(store.path("a", "by-hand"), "w", encoding="utf-8"):
        pass
    write(store, delete=["old.conf"], keep=[file("nova.conf")])
    assert names(store) == [".novafleet", "by-hand", "nova.conf"]
    assert set(store.read_all()["a"].files) == {"nova.conf"}


def test_a_run_killed_while_deleting_still_knows_the_file(store, monkeypatch):
    write(store, nova_conf="x", old_conf="x")

    def kill(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(_files, "_unlink", kill)
    with pytest.raises(KeyboardInterrupt):
        write(store, delete=["old.conf"], keep=[file("nova.conf")])
    assert set(store.read_all()["a"].files) == {"nova.conf", "old.conf"}


def test_restart_is_owed_until_settled(store):
    keep = write(store, nova_conf="x", restart_owed=True)
    assert store.read_all()["a"].restart_owed
    store.settle("a", keep)
    assert store.read_all()["a"] == Directory("nova", {"nova.conf": (sha("x"), 0o640)}, False)


def test_settling_what_owes_nothing_writes_nothing(store):
    keep = write(store, nova_conf="x")
    before = os.stat(store.path("a", _files.MANIFEST)).st_ino
    store.settle("a", keep)
    store.settle("never made", keep)
    assert os.stat(store.path("a", _files.MANIFEST)).st_ino == before
    assert not os.path.exists(store.path("never made"))


def test_remove_takes_files_directory_and_empty_root(store):
    write(store, nova_conf="x")
    store.remove("a")
    assert not os.path.exists(store.root)


def test_remove_leaves_other_services_and_files_of_others(store):
    write(store, "a", nova_conf="x")
    write(store, "b", nova_conf="x")
    with open(store.path("a", "by-hand"), "w", encoding="utf-8"):
        pass
    store.remove("a")
    assert names(store) == ["by-hand"]
    assert store.read_all() == {"a": Directory(), "b": Directory("nova", {"nova.conf": (sha("x"), 0o640)}, False)}


def manifest_of(store, text):
    os.makedirs(store.path("a"))
    for name, content in ((_files.MANIFEST, text), ("nova.conf", "theirs")):
        with open(store.path("a", name), "w", encoding="utf-8") as stream:
            stream.write(content)


THEIRS = json.dumps({"fleet": "theirs", "files": ["nova.conf"], "restart_owed": True})


def test_a_directory_of_another_fleet_is_not_touched(store):
    manifest_of(store, THEIRS)
    found = store.read_all()["a"]
    store.remove("a")
    store.settle("a", [])
    assert found.fleet == "theirs"
    assert store.text("a", "nova.conf") == "theirs"
    assert store.text("a", _files.MANIFEST) == THEIRS


def manifest_with(**values):
    return json.dumps(dict(dict(fleet="nova", files=["nova.conf"], restart_owed=True), **values))


DAMAGED = {
    "": "Expecting value",
    "{": "Expecting property name",
    "null": "its fleet",
    "[]": "its fleet",
    '{"fleet": "nova"}': "its files",
    manifest_with(files=None): "its files",
    manifest_with(files="nova.conf"): "its files",
    manifest_with(files=[1]): "its files",
    manifest_with(fleet=None): "its fleet",
    manifest_with(restart_owed=None): "its restart_owed",
}


@pytest.mark.parametrize("manifest", DAMAGED)
def test_a_damaged_manifest_is_a_problem_of_its_service_only(store, manifest):
    write(store, "b", nova_conf="x")
    manifest_of(store, manifest)
    found = store.read_all()
    assert f"{store.path('a', _files.MANIFEST)} is damaged: {DAMAGED[manifest]}" in found["a"].problem
    assert (found["a"].fleet, found["a"].files) == ("", {})
    assert found["b"].problem == "" and found["b"].files
    for change in (lambda: store.remove("a"), lambda: store.settle("a", [])):
        with pytest.raises(_files.Damaged):
            change()
    assert store.text("a", "nova.conf") == "theirs"
    assert store.text("a", _files.MANIFEST) == manifest


@pytest.mark.parametrize("name", ["nova.conf", _files.MANIFEST])
def test_what_cannot_be_read_is_a_problem_of_its_service_only(store, name):
    write(store, "b", nova_conf="x")
    write(store, nova_conf="x")
    os.unlink(store.path("a", name))
    os.symlink(name, store.path("a", name))
    found = store.read_all()
    assert f"{store.path('a', name)} cannot be read: Too many levels of symbolic links" == found["a"].problem
    assert found["b"].problem == "" and found["b"].files


def test_plain_directories_and_files_of_others_are_seen_but_not_ours(store):
    os.makedirs(store.path("a"))
    for path in (store.path("README"), store.path("a", "by-hand")):
        with open(path, "w", encoding="utf-8"):
            pass
    assert store.read_all() == {"a": Directory()}


def test_an_empty_directory_is_free_to_take(store):
    """A run may be killed between making a directory and filling it."""
    os.makedirs(store.path("a"))
    assert store.read_all() == {}
    write(store, nova_conf="x")
    assert store.read_all()["a"].fleet == "nova"


@pytest.mark.parametrize("then", ["write", "remove"])
def test_temporary_files_of_a_killed_run_go(store, monkeypatch, then):
    """The files have secrets, and are mounted into the container."""
    write(store, nova_conf="x")
    with monkeypatch.context() as patch:
        patch.setattr(_files, "_unlink", lambda _path: None)
        patch.setattr(_files.os, "rename", lambda *_: (none for none in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write(store, nova_conf="secret")
    assert len(names(store)) == 3
    if then == "write":
        write(store, nova_conf="y")
        assert names(store) == [".novafleet", "nova.conf"]
    else:
        store.remove("a")
        assert not os.path.exists(store.path("a"))


def test_a_directory_in_place_of_a_file_is_drift_not_a_crash(store):
    """Docker makes a directory if the source of a mount is missing."""
    write(store, nova_conf="x")
    os.unlink(store.path("a", "nova.conf"))
    os.mkdir(store.path("a", "nova.conf"))
    assert store.read_all()["a"].files.get("nova.conf") != (sha("x"), 0o640)
