# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of documents: Markdown, argument specs, and the documentation of modules and plugins."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

# Names of Python's variables, and keys of their YAML, that hold documentation.
DOCUMENTATION = ("DOCUMENTATION", "RETURN")
PROSE_KEYS = ("description", "short_description", "notes", "requirements")
# An option may be called as one of these keys: below these, a key is a name.
NAME_KEYS = ("options", "suboptions", "contains", "argument_specs")

LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")


@dataclass(frozen=True)
class Text:
    """A paragraph, a list item, a title or a description: where it begins, and its words on one line."""

    path: Path
    line: int
    words: str
    title: bool = False


def markdown_texts(path: Path) -> Iterator[Text]:
    """Paragraphs, list items and titles of a Markdown file, without code blocks and tables."""
    block: list[str] = []
    start, fenced = 0, False
    for number, line in enumerate(chain(path.read_text(encoding="utf-8").splitlines(), [""]), 1):
        fence = line.lstrip().startswith("```")
        prose = not (fenced or fence) and line.strip() and not line.lstrip().startswith("|")
        title = prose and line.startswith("#")
        item = LIST_ITEM.match(line) if prose else None
        if block and (not prose or title or item):
            yield Text(path, start, " ".join(block))
            block = []
        if title:
            yield Text(path, number, line.lstrip("# "), title=True)
        elif prose:
            start = start if block else number
            block.append(line[item.end() :] if item else line)
        fenced ^= fence


def prose_nodes(node: yaml.Node, names: bool = False) -> Iterator[yaml.ScalarNode]:
    """Scalars of descriptions, in a tree of YAML nodes. names: the keys of this mapping are names of options."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from prose_nodes(item)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not names and key.value in PROSE_KEYS:
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            yield from prose_nodes(value, not names and key.value in NAME_KEYS)


def yaml_texts(path: Path, document: str, offset: int = 0, names: bool = False) -> Iterator[Text]:
    """Descriptions in a YAML document that begins `offset` lines below the start of its file."""
    root = yaml.compose(document, Loader=yaml.SafeLoader)
    for node in prose_nodes(root, names) if root else ():
        if isinstance(node, yaml.ScalarNode):
            yield Text(path, offset + node.start_mark.line + 1, node.value)


def spec_texts(path: Path) -> Iterator[Text]:
    """Descriptions of an argument spec."""
    return yaml_texts(path, path.read_text(encoding="utf-8"))


def python_texts(path: Path) -> Iterator[Text]:
    """Descriptions in the documentation of a module or plugin."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id in DOCUMENTATION:
                # At the top of RETURN are names of values.
                yield from yaml_texts(path, str(node.value.value), node.value.lineno - 1, target.id == "RETURN")


READERS: tuple[tuple[str, Callable[[Path], Iterator[Text]]], ...] = (
    ("README.md", markdown_texts),
    ("docs/*.md", markdown_texts),
    ("roles/*/README.md", markdown_texts),
    ("roles/*/meta/argument_specs.yml", spec_texts),
    ("plugins/*/*.py", python_texts),
    ("plugins/filter/*.yml", spec_texts),
)


def document_texts(root: Path) -> Iterator[Text]:
    """All texts of documents in a checkout."""
    for pattern, reader in READERS:
        for path in sorted(root.glob(pattern)):
            yield from reader(path)
