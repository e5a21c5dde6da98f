# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0.source import SourceError, read

INSIDE = "os_xenapi/dom0/etc/xapi.d/plugins/"
FILES = {"dom0_plugin_version.py": b'PLUGIN_VERSION = "2.1"\n', "xenhost.py": b"code\n"}


def wheel(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(INSIDE + name, content)
        archive.writestr("os_xenapi/client/session.py", "no plugin")
        archive.writestr(INSIDE + "README", "no plugin")
    return str(path)


def sdist(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"os-xenapi-0.3.4/{INSIDE}{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return str(path)


def tree(path, files, below=INSIDE):
    (path / below).mkdir(parents=True)
    for name, content in files.items():
        (path / below / name).write_bytes(content)
    (path / below / "utils.pyc").write_bytes(b"byte code")
    return str(path)


@pytest.mark.parametrize("make", [wheel, sdist, tree])
def test_plugins_are_read_from_any_form_of_os_xenapi(tmp_path, make):
    plugins = read(make(tmp_path / "source", FILES))
    assert (plugins.version, plugins.contents) == ("2.1", FILES)


def test_a_directory_may_hold_the_plugins_themselves(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    assert read(str(tmp_path)).contents == FILES


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.8", "version 1.8; nova needs 2.1"), ("2.0", "version 2.0"), ("3.0", "version 3.0; nova needs 2.1 or a later")],
)
def test_a_version_that_nova_refuses_is_refused(tmp_path, version, words):
    files = dict(FILES, **{"dom0_plugin_version.py": f"PLUGIN_VERSION = '{version}'\n".encode()})
    with pytest.raises(SourceError, match=words):
        read(wheel(tmp_path / "old.whl", files))


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.10"])
def test_later_versions_of_the_same_major_do(tmp_path, version):
    files = {"dom0_plugin_version.py": f"PLUGIN_VERSION = '{version}'\n".encode()}
    assert read(wheel(tmp_path / "new.whl", files)).version == version


def test_what_holds_no_plugins_is_told(tmp_path):
    with pytest.raises(SourceError, match="has no plugins of os-xenapi"):
        read(wheel(tmp_path / "other.whl", {}))
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read(str(tmp_path / "nowhere.whl"))
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(SourceError, match="cannot be read"):
        read(str(tmp_path / "text"))
