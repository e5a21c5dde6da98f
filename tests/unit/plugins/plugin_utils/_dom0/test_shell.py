# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import pickle
import shlex
import tarfile
import xmlrpc.client

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0 import shell
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0.plan import (
    Dom0Entry,
    Dom0Plan,
    Dom0Step,
    LinkedPlace,
)

SR = "11111111-2222-3333-4444-555555555555"
ANSWER = """Welcome to XCP-ng

#novafleet inventory
PRODUCT_BRAND='XCP-ng'
PRODUCT_VERSION='8.2.1'
INSTALLATION_UUID='3f113c86-3bc6-4c22-bcf9-af1d78b2080a'

#novafleet record
{"files": {"utils.py": "aa"}, "links": {}}

#novafleet entries
d\t755\t0:0\t/etc/xapi.d/plugins\t
f\t755\t0:0\t/etc/xapi.d/plugins/utils.py\t
d\t755\t0:0\t/var/lib/novafleet/dom0/kept\t
l\t777\t0:0\t/images\t/var/run/sr-mount/x/os-images

#novafleet digests
aa  /etc/xapi.d/plugins/utils.py

#novafleet storage
11111111-2222-3333-4444-555555555555

#novafleet mounted
yes

#novafleet places
/images yes no

#novafleet end
"""


def test_an_answer_is_understood():
    found = shell.state_of(ANSWER)
    assert found.release == "XCP-ng 8.2.1"
    assert found.entries == {
        "/etc/xapi.d/plugins": Dom0Entry("d", "755", "0:0"),
        "/etc/xapi.d/plugins/utils.py": Dom0Entry("f", "755", "0:0"),
        "/images": Dom0Entry("l", "777", "0:0", "/var/run/sr-mount/x/os-images"),
    }
    assert found.digests == {"/etc/xapi.d/plugins/utils.py": "aa"}
    assert found.record["files"] == {"utils.py": "aa"}
    assert (found.storage, found.mounted) == (SR, True)
    assert found.places == {"/images": LinkedPlace(True, True, False)}


def test_one_that_is_cut_off_is_not():
    with pytest.raises(shell.AnswerError, match="the answer ended early"):
        shell.state_of(ANSWER[: ANSWER.index("#novafleet places")])


@pytest.mark.parametrize("record", ["{", "[1]"])
def test_a_damaged_record_is_told(record):
    text = ANSWER.replace('{"files": {"utils.py": "aa"}, "links": {}}', record)
    with pytest.raises(shell.AnswerError, match=r"record\.json is damaged"):
        shell.state_of(text)


def test_what_xe_says_instead_of_a_uuid_is_no_storage_repository():
    assert shell.state_of(ANSWER.replace(SR, "<not in database>")).storage == ""


def test_files_come_back_whole():
    text = "#novafleet /a\nw6k=\n\n#novafleet /b\n"
    assert shell.shown(text) == {"/a": "é", "/b": ""}


def test_the_archive_holds_what_is_written_and_the_record():
    steps = [Dom0Step("write", "/etc/xapi.d/plugins/a.py", ""), Dom0Step("delete", "/etc/xapi.d/plugins/b.py", "")]
    data = shell.archive(Dom0Plan(steps=steps, record=dict(files={"a.py": "x"})), {"a.py": b"A", "c.py": b"C"})
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert {one.name: one.mode for one in archive} == {"plugins/a.py": 0o755, "record.json": 0o644}
        assert json.load(archive.extractfile("record.json")) == {"files": {"a.py": "x"}}


def test_the_record_is_written_after_what_is_kept_and_before_what_is_ours():
    path = "/etc/xapi.d/plugins/a.py"
    lines = shell.apply(
        Dom0Plan([Dom0Step("keep", path, ""), Dom0Step("write", path, "")], record={"files": {}}), "/tmp/x"
    )
    order = [lines.index(text) for text in (f"mv -f {path} /var/lib", "record.json.new /var/lib", "chown 0:0")]
    assert order == sorted(order)


def test_without_a_record_none_is_written():
    assert "record.json.new" not in shell.apply(Dom0Plan([Dom0Step("forget", "/r", "")]), "/tmp/x")


def test_paths_are_quoted():
    assert "'/tmp/a b'" in shell.apply(Dom0Plan(), "/tmp/a b")
    assert "'/a b'" in shell.show(["/a b"])


def test_the_version_is_asked_for_as_nova_does():
    command = shlex.split(shell.ask_version())
    (_session, arguments), method = xmlrpc.client.loads(command[1])
    assert (command[0], method) == ("/etc/xapi.d/plugins/dom0_plugin_version.py", "get_version")
    assert pickle.loads(arguments["params"].encode()) == {"args": [], "kwargs": {}}


def test_the_version_is_read_from_what_the_plugin_answers():
    def answer(value):
        return xmlrpc.client.dumps((value,), methodresponse=True)

    assert shell.version(answer({"Status": "Success", "Value": "S'2.1'\np1\n."})) == "2.1"
    assert shell.version(answer({"Status": "Failure", "ErrorDescription": ["KeyError"]})) == ""
    assert shell.version(answer("2.1")) == ""
    assert shell.version("Traceback (most recent call last):") == ""
    assert shell.version("") == ""
