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
CODE = """\
messages:
  - code
comments:
  - tests
"""
LONG = "word " * 30 + "end."
SHORT = "word " * 29 + "end."


def load() -> ModuleType:
    """The script as a module, which imports from its own directory."""
    sys.path.insert(0, str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("novafleet_words", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


words = load()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory with a README that has nothing wrong, and directories for code whose texts are checked."""
    write(tmp_path / "README.md", "# Title\n\nA sentence.\n")
    write(tmp_path / "tests" / "words" / "code.yml", CODE)
    (tmp_path / "code").mkdir()
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
    assert [rule for _path, _line, rule in found(checkout)] == expected


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


PYTHON = '''\
#!/usr/bin/env python3
# Copyright: nobody
"""Nobody reads it."""

import re  # for nobody


def visit(names: list) -> str:
    """Visit hosts.

    first   word word word word word word word word word word word word word word word
    second  word word word word word word word word word word word word word word word

    Args:
        names: word word word word word word word word word word word word word word word
            word word word word word word word word word word word word word word word word.
        nobody: the name of nobody.
        ours, theirs: names.

    Returns:
        str: nobody.
    """
    # Here a comment begins
    # which nobody ends.
    known = {"nobody": re.compile("nobody code")}
    if names:
        return f"Is {names} told to " f"nobody {known['nobody']} at all?"
    return "Nobody is\\nin this.\\nTell the operator about it."
'''


def test_python(checkout: Path):
    write(checkout / "code" / "a" / "b.py", PYTHON)
    path = "code/a/b.py"
    comments = [(path, 5, "word"), (path, 23, "word")]
    docstrings = [(path, 3, "word"), (path, 15, "length"), (path, 17, "word"), (path, 21, "word")]
    messages = [(path, 27, "word"), (path, 27, "word"), (path, 30, "word")]
    assert found(checkout) == comments + docstrings + messages


def test_strings_of_tests_are_data(checkout: Path):
    write(checkout / "tests" / "a.py", '"""Nobody."""\n\n# Nobody\nassert "nobody reads this string"\n')
    assert found(checkout) == [("tests/a.py", 3, "word"), ("tests/a.py", 1, "word")]


def test_documentation_is_not_read_twice(checkout: Path):
    write(checkout / "code" / "a.py", 'EXAMPLES = "- name: Nobody reads this example"\n')
    assert found(checkout) == []


TASKS = """\
# Nobody reads this.
- name: Tell the operator about it
  ansible.builtin.assert:
    that: nobody == 1
    fail_msg: "{{ 'nobody is up' if a else 'Call nobody now' }} and then nobody {{ nobody }} is up"
- ansible.builtin.shell: |
    nobody will ever call this script
"""


def test_tasks(checkout: Path):
    write(checkout / "code" / "tasks" / "main.yml", TASKS)
    path = "code/tasks/main.yml"
    assert found(checkout) == [(path, line, "word") for line in (1, 2, 5, 5, 5)]


SCRIPT_TEXT = """\
#!/bin/sh
# Nobody reads this.
fail "nobody called ${nobody:-it} in time"
nobody=$(ls) # nobody
echo "nobody called"
"""


def test_a_shell_script(checkout: Path):
    write(checkout / "code" / "a.sh", SCRIPT_TEXT)
    assert found(checkout) == [("code/a.sh", line, "word") for line in (2, 4, 3)]


def test_a_template(checkout: Path):
    write(checkout / "code" / "a.conf.j2", "{# Nobody #}\n# Tell {{ nobody }}\nnobody = 1\n")
    write(checkout / "code" / "b.sh.j2", 'echo "Nobody called us up"\n')
    assert found(checkout) == [
        ("code/a.conf.j2", 1, "word"),
        ("code/a.conf.j2", 2, "word"),
        ("code/b.sh.j2", 1, "word"),
    ]


def test_code_may_be_named(checkout: Path, capsys: pytest.CaptureFixture[str]):
    write(checkout / "other" / "a.py", "# Nobody\n")
    assert words.main([str(checkout)]) == 0
    assert words.main(["--count", "--code", "other", str(checkout)]) == 1
    assert capsys.readouterr().out == "length: 0\nword: 1\ntitle: 0\n"


def test_code_that_does_not_exist_is_an_error(checkout: Path):
    (checkout / "code").rmdir()
    with pytest.raises(FileNotFoundError, match="code"):
        words.main([str(checkout)])


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
    write(tmp_path / "tests" / "words" / "code.yml", "messages: []\ncomments: []\n")
    assert words.main([str(tmp_path)]) == 1
    assert "no texts found" in capsys.readouterr().err
