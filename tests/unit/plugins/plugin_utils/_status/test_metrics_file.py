# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import metrics_file


@pytest.fixture
def private_umask():
    """Files of the controller's user are for that user only, if nothing else is said."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private_umask")
def test_the_file_is_replaced_and_every_user_may_read_it(tmp_path):
    path = tmp_path / "fleet.prom"
    for text in ("first 1\n", "sécond 2\n"):
        metrics_file.write(str(path), text)
        assert path.read_text(encoding="utf-8") == text
        assert path.stat().st_mode & 0o777 == 0o644
        assert os.listdir(tmp_path) == ["fleet.prom"]


def test_a_reader_sees_the_old_file_or_the_new_one_and_no_other(tmp_path, monkeypatch):
    """At the moment of the exchange: the new one is whole, and its name is not one that node_exporter reads."""
    path = tmp_path / "fleet.prom"
    path.write_text("old 1\n", encoding="utf-8")
    seen, replace = [], os.replace

    def look(source, target):
        (other,) = set(os.listdir(tmp_path)) - {"fleet.prom"}
        seen.append((other.endswith(".prom"), (tmp_path / other).read_text(encoding="utf-8"), path.read_text()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    metrics_file.write(str(path), "new 1\n")
    assert seen == [(False, "new 1\n", "old 1\n")]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "fleet.prom"
    path.write_text("old 1\n", encoding="utf-8")

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        metrics_file.write(str(path), "new 1\n")
    assert path.read_text(encoding="utf-8") == "old 1\n"
    assert os.listdir(tmp_path) == ["fleet.prom"]


def test_a_path_without_a_directory_is_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert metrics_file.problem("fleet.prom") == ""
    metrics_file.write("fleet.prom", "a 1\n")
    assert (tmp_path / "fleet.prom").read_text(encoding="utf-8") == "a 1\n"


def test_a_link_stays_one_and_leads_to_the_new_text(tmp_path):
    (tmp_path / "real").mkdir()
    link, real = tmp_path / "fleet.prom", tmp_path / "real" / "fleet.prom"
    link.symlink_to(real)
    assert metrics_file.problem(str(link)) == ""
    metrics_file.write(str(link), "a 1\n")
    assert link.is_symlink() and real.read_text(encoding="utf-8") == "a 1\n"
    lost = tmp_path / "lost.prom"
    lost.symlink_to(tmp_path / "none" / "fleet.prom")
    assert f"the directory {tmp_path}/none does not exist" in metrics_file.problem(str(lost))


def test_what_is_wrong_with_a_path_is_said_with_its_fix(tmp_path, monkeypatch):
    (tmp_path / "folder.prom").mkdir()
    assert metrics_file.problem(f"{tmp_path}/fleet.prom") == ""
    assert "does not end in .prom" in metrics_file.problem(f"{tmp_path}/fleet.txt")
    assert f"the directory {tmp_path}/none does not exist" in metrics_file.problem(f"{tmp_path}/none/fleet.prom")
    assert "is a directory" in metrics_file.problem(f"{tmp_path}/folder.prom")
    # root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert f"cannot create files in {tmp_path}" in metrics_file.problem(f"{tmp_path}/fleet.prom")
