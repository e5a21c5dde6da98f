# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each command of the pages runs in a test, or guides.yml says why it does not."""

from __future__ import annotations

import re

import guides
import pytest
import yaml

LANGUAGES = {"", "console", "ini", "json", "text", "yaml"}
KNOWN = guides.table()
EVERY = [command for page in guides.pages() for command in guides.commands(page)]


def test_each_block_has_a_language_that_is_known():
    """A block without a language has commands. Mark drawings and output as text."""
    every = [block for page in guides.pages() for block in guides.blocks(page)]
    assert not [f"{one.page}:{one.line}" for one in every if one.language not in LANGUAGES]


def test_each_command_runs_or_has_a_reason():
    assert not [str(command) for command, rows in guides.claimed(EVERY, KNOWN) if not rows]


def test_no_command_both_runs_and_has_a_reason_not_to():
    assert not [str(command) for command, rows in guides.claimed(EVERY, KNOWN) if len(rows) > 1]


@pytest.mark.parametrize("row", KNOWN.rows, ids=str)
def test_each_row_matches_a_command(row):
    assert [command for command in EVERY if row.matches(command)]


@pytest.mark.parametrize("row", KNOWN.run, ids=str)
def test_each_page_that_runs_has_something_to_run(row):
    assert guides.to_run(row, KNOWN)


@pytest.mark.parametrize("row", KNOWN.adapt, ids=str)
def test_each_adapted_command_runs_with_what_replaces_its_words(row):
    adapted = [c for running in KNOWN.run for c, how in guides.to_run(running, KNOWN) if how == row]
    assert adapted
    assert not [word for word in row.replace if not any(word in command.text for command in adapted)]


@pytest.mark.parametrize("row", KNOWN.elsewhere, ids=str)
def test_each_other_row_has_a_reason_or_a_test(row):
    assert row.reason or row.test
    assert not row.test or (guides.TOP / row.test).is_file()


def test_versions_that_a_reader_installs_are_those_of_the_quick_start():
    (command,) = (one.plain for one in EVERY if one.plain.startswith("pip install"))
    required = (guides.TOP / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert set(re.findall(r"'([^']+)'", command)) <= set(required)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```\na  b   # why\n# only a comment\n```\n", ["a b"]),
        ("```\na \\\n  b\nc\n```\n", ["a b", "c"]),
        ("  ```console\n  # a\n  output\n  $ b \\\n      c\n  ```\n", ["a", "b c"]),
        ("```yaml\na: b\n```\n", []),
    ],
    ids=["comments", "continued", "prompts", "no commands"],
)
def test_commands_of_a_page(tmp_path, monkeypatch, text, found):
    monkeypatch.setattr(guides, "TOP", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert [command.plain for command in guides.commands("page.md")] == found


def test_yaml_can_be_read():
    for page in guides.pages():
        for block in guides.blocks(page):
            if block.language == "yaml":
                yaml.safe_load(block.text)
