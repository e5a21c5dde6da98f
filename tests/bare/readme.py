# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files and commands of README's sections Install and Deploy on your cloud."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# The comment that begins a file.
FILE = re.compile(r"^# (inventory/\S+)\n", re.MULTILINE)


def files() -> dict[str, str]:
    """Path to content of each file that the user writes."""
    found: dict[str, str] = {}
    for language, text in _blocks("Deploy on your cloud"):
        if language == "yaml":
            _before, *parts = FILE.split(text)
            found.update(zip(parts[::2], parts[1::2], strict=True))
    return found


def commands(section: str) -> list[list[str]]:
    """The commands that the user types, each as its words."""
    lines = [line for language, text in _blocks(section) if not language for line in text.splitlines()]
    return [shlex.split(part) for line in lines for part in line.split(" && ")]


def _blocks(section: str) -> list[tuple[str, str]]:
    """Language and text of each code block of a section."""
    text = README.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [(language, textwrap.dedent(content)) for _indent, language, content in BLOCK.findall(text)]
