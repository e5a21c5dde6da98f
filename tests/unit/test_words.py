# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lint of texts finds long sentences, banned words and wrong titles, and only in prose."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "words" / "words.py"
LONG = "word " * 30 + "end."
SHORT = "word " * 29 + "end."


def load() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("novafleet_words", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


words = load()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory with a README that has nothing wrong."""
    write(tmp_path / "README.md", "# Title\n\nA sentence.\n")
    return tmp_path


def write(path: Path, text: str) -> Path:
    """Write a file, and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(root: Path) -> list[tuple[str, int, str]]:
    """Findings in a checkout: relative path, line, rule."""
    findings = words.findings(words.collection_texts(root), words.Banned.read())
    return [(str(finding.path.relative_to(root)), finding.line, finding.rule) for finding in findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHORT, []),
        (LONG, ["length"]),
        (f"{SHORT} {SHORT}", []),
        # nova begins a sentence, too, and an abbreviation does not end one.
        (f"{SHORT} nova {SHORT}".replace("nova word", "nova"), []),
        ("word " * 20 + "e.g. " + "word " * 10 + "end.", ["length"]),
        # A semicolon does not end a sentence.
        (f"{SHORT[:-1]}; {SHORT}", ["length"]),
        ("Nobody starts it.", ["word"]),
        ("The module tells what it found.", ["word"]),
        ("A `tell nobody` in code.", []),
        ("A [nobody](x.md) in a link.", ["word"]),
        ("A [link](nobody.md) to a file.", []),
        ("This is no address.", ["word"]),
        ("There is no address.", []),
        ("It is no longer there.", []),
    ],
)
def test_a_paragraph(checkout: Path, text: str, expected: list[str]):
    write(checkout / "README.md", f"{text}\n")
    assert [rule for _, _, rule in found(checkout)] == expected


def test_code_and_tables_do_not_count(checkout: Path):
    code = f"```\nnobody {LONG}\n```"
    table = f"| nobody | {LONG} |\n| --- | --- |"
    nested = f"- an item\n\n  ```yaml\n  nobody: {LONG}\n  ```"
    write(checkout / "docs" / "a.md", f"# Title\n\n{code}\n\n{table}\n\n{nested}\n")
    assert found(checkout) == []


def test_a_finding_has_the_line_on_which_its_paragraph_begins(checkout: Path):
    write(checkout / "docs" / "a.md", f"# Title\n\nA sentence.\n\n- an item\n- {LONG[:60]}\n  {LONG[60:]}\n")
    assert found(checkout) == [("docs/a.md", 6, "length")]


@pytest.mark.parametrize(
    ("title", "wrong"), [("What nova forgets", True), ("Whatnot", False), ("Retire services", False)]
)
def test_a_title(checkout: Path, title: str, wrong: bool):
    write(checkout / "README.md", f"# {title}\n")
    assert found(checkout) == ([("README.md", 1, "title")] if wrong else [])


def test_an_option_may_be_called_description(checkout: Path):
    spec = """\
argument_specs:
  main:
    short_description: Nobody
    options:
      description:
        type: str
        default: nobody
        description:
          - A sentence.
          - Somebody sets V(nobody).
"""
    write(checkout / "roles" / "a" / "meta" / "argument_specs.yml", spec)
    path = "roles/a/meta/argument_specs.yml"
    assert found(checkout) == [(path, 3, "word"), (path, 10, "word")]


def test_documentation_of_a_module(checkout: Path):
    module = '''\
"""Nobody reads this as documentation."""
DOCUMENTATION = r"""
module: a
options:
  name:
    description: Nobody.
"""
EXAMPLES = r"""
- description: nobody
"""
RETURN = r"""
description:
  description: Nobody.
"""
'''
    write(checkout / "plugins" / "modules" / "a.py", module)
    assert found(checkout) == [("plugins/modules/a.py", 6, "word"), ("plugins/modules/a.py", 13, "word")]


def test_the_script_fails_on_a_finding(checkout: Path, capsys: pytest.CaptureFixture[str]):
    assert words.main([str(checkout)]) == 0
    assert capsys.readouterr().out == ""
    write(checkout / "README.md", "Nobody starts it.\n")
    assert words.main([str(checkout)]) == 1
    line = capsys.readouterr().out
    assert line.startswith(f"{checkout / 'README.md'}:1: word: 'Nobody' (")
    assert line.endswith("Nobody starts it.\n")


def test_the_script_counts(checkout: Path, capsys: pytest.CaptureFixture[str]):
    write(checkout / "README.md", f"# What it is\n\nNobody. {LONG}\n")
    assert words.main(["--count", str(checkout)]) == 1
    assert capsys.readouterr().out == "length: 1\nword: 1\ntitle: 1\n"


def test_a_directory_without_texts_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert words.main([str(tmp_path)]) == 1
    assert "no texts found" in capsys.readouterr().err
