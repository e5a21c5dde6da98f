# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import xmlrpc.client

import pytest
from ansible_collections.novafleet.compute.plugins.action import dom0_plugins

CONTENTS = {"dom0_plugin_version.py": b"PLUGIN_VERSION = '2.1'\n", "utils.py": b"code\n"}
DIRECTORY = "/etc/xapi.d/plugins"


class Dom0:
    """Answers as a dom0 that has some plugins. Attributes have the plugins and the commands."""

    def __init__(self, files=None, release="8.2.1"):
        self.files, self.release, self.calls, self.version = files or {}, release, [], "2.1"

    def execute(self, command):
        kind = next(one for one in ("part end", "base64", "get_version", "tar -x") if one in command)
        self.calls.append(kind)
        answers = {"part end": self.look, "base64": self.show, "get_version": self.tell, "tar -x": str}
        return dict(rc=0, stdout=answers[kind](), stderr="")

    def look(self):
        found = [f"d\t755\t0:0\t{DIRECTORY}\t"] + [f"f\t755\t0:0\t{DIRECTORY}/{name}\t" for name in self.files]
        digests = [f"{hashlib.sha256(text).hexdigest()}  {DIRECTORY}/{name}" for name, text in self.files.items()]
        parts = dict(
            inventory=f"PRODUCT_BRAND='XCP-ng'\nPRODUCT_VERSION='{self.release}'",
            record="", entries="\n".join(found), digests="\n".join(digests), storage="", mounted="", places="", end="",
        )  # fmt: skip
        return "".join(f"\n#novafleet {name}\n{text}\n" for name, text in parts.items())

    def show(self):
        return "".join(
            f"\n#novafleet {DIRECTORY}/{name}\n{base64.b64encode(text).decode()}\n" for name, text in self.files.items()
        )

    def tell(self):
        return xmlrpc.client.dumps(({"Value": f"S'{self.version}'\n."},), methodresponse=True)


@pytest.fixture
def source(tmp_path):
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    return str(tmp_path)


@pytest.fixture
def run(task, source, monkeypatch):
    def act(dom0, check=False, diff=False, **args):
        plugin = task(dom0_plugins, **dict(dict(source=source), **args))
        plugin._task.check_mode, plugin._task.diff = check, diff
        monkeypatch.setattr(plugin, "_low_level_execute_command", dom0.execute)
        monkeypatch.setattr(plugin, "_make_tmp_path", lambda: "/tmp/private")
        monkeypatch.setattr(plugin, "_transfer_data", lambda path, data: dom0.calls.append("ship"))
        monkeypatch.setattr(plugin, "_fixup_perms2", lambda paths, execute: None)
        monkeypatch.setattr(plugin, "_remove_tmp_path", lambda path: dom0.calls.append("clean"))
        return plugin.run(task_vars=dict(inventory_hostname="xs-01"))

    return act


def failure(result):
    assert result["failed"]
    return result["msg"]


def test_one_look_one_transfer_one_command_and_a_trial(run):
    dom0 = Dom0()
    result = run(dom0)
    assert dom0.calls == ["part end", "ship", "tar -x", "clean", "get_version"]
    assert (result["changed"], result["release"], result["version"]) == (True, "XCP-ng 8.2.1", "2.1")
    assert [step["path"] for step in result["steps"]] == [f"{DIRECTORY}/{name}" for name in CONTENTS]


def test_nothing_is_sent_where_nothing_differs(run):
    dom0 = Dom0(CONTENTS)
    assert run(dom0)["changed"] is False
    assert dom0.calls == ["part end", "get_version"]


def test_check_mode_only_looks(run):
    dom0 = Dom0()
    assert run(dom0, check=True)["changed"] is True
    assert dom0.calls == ["part end"]


def test_a_diff_shows_what_would_be_written(run):
    dom0 = Dom0(dict(CONTENTS, **{"utils.py": b"edited\n"}))
    diff = run(dom0, check=True, diff=True, replace=True)["diff"]
    assert [(pair["before"], pair["after"]) for pair in diff] == [
        ("", f"keep {DIRECTORY}/utils.py: is of another origin\n"),
        ("edited\n", "code\n"),
    ]


def test_problems_are_told_and_nothing_is_done(run):
    dom0 = Dom0(release="8.3.0")
    result = run(dom0)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["problems"][0].startswith("ansible_host: is XCP-ng 8.3.0, where")
    assert dom0.calls == ["part end"]


def test_removal_needs_no_source(run):
    dom0 = Dom0(CONTENTS)
    assert run(dom0, state="absent", source=None)["changed"] is False
    assert dom0.calls == ["part end"]


def test_plugins_that_do_not_answer_are_an_error(run):
    dom0 = Dom0(CONTENTS)
    dom0.version = "1.8"
    assert "do not report version 2.1" in failure(run(dom0))


def test_a_refusal_of_dom0_is_told(run):
    dom0 = Dom0()
    dom0.execute = lambda command: dict(rc=1, stdout="", stderr="sudo: a password is required\n")
    assert failure(run(dom0)) == "dom0 refuses: sudo: a password is required"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (dict(source=None), "source: is missing"),
        (dict(source="/nowhere"), "cannot be read"),
        (dict(storage="Local storage"), "is not a uuid"),
        (dict(state="gone"), "value of state must be one of"),
    ],
)
def test_wrong_options_are_told_before_dom0_is_asked(run, args, words):
    dom0 = Dom0()
    assert words in failure(run(dom0, **args))
    assert dom0.calls == []


def test_half_an_answer_is_no_answer(run):
    dom0 = Dom0()
    dom0.look = lambda: "\n#novafleet inventory\n"
    assert "the answer ended early" in failure(run(dom0))
