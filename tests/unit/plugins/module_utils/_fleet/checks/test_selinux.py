# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import selinux


@pytest.mark.parametrize(
    ("confined", "label", "security_opt", "told"),
    [
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["no-new-privileges"], True),
        ({"selinux"}, "", [], True),
        ({"selinux"}, "system_u:object_r:container_file_t:s0\0", [], False),
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["label=disable"], False),
        ({"selinux"}, "system_u:object_r:etc_t:s0", ["label:type:nova_t"], False),
        ({"seccomp", "apparmor"}, "", [], False),
    ],
)
def test_files_that_selinux_keeps_from_containers_are_told(
    engine, step, planned, monkeypatch, confined, label, security_opt, told
):
    engine.confined = confined
    monkeypatch.setattr(selinux.os, "getxattr", lambda path, name: label.encode(), raising=False)
    found = list(selinux.problems(*planned(step("a", security_opt=security_opt))))
    assert bool(found) is told
    if told:
        assert "semanage fcontext -a -t container_file_t '/etc/novafleet(/.*)?'" in found[0]
        assert "label=disable" in found[0]


def test_the_label_is_that_of_the_nearest_directory_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(selinux.os, "getxattr", lambda path, name: path.encode())
    assert selinux._label(str(tmp_path / "a" / "b")) == str(tmp_path)
