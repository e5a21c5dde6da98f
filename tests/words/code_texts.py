# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of code: comments, docstrings, messages, and the names of tasks."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml
from document_texts import DOCUMENTATION, LIST_ITEM, Text

# Strings that are not for people, although they have words: the value of EXAMPLES, and scripts in tasks.
OTHER_DOCUMENTATION = (*DOCUMENTATION, "EXAMPLES")
SCRIPT_KEYS = ("shell", "ansible.builtin.shell", "ansible.builtin.raw", "cmd", "argv", "stdin", "content", "url")
# A shorter string is a name, a path or a format.
MIN_WORDS = 3
# Sections of a docstring that have entries. The names at the beginning of an entry are code.
SECTION = re.compile(r"(?:Args|Arguments|Attributes|Raises|Returns|Yields):$")
ENTRY = re.compile(r"\s*\w[\w*]*(?:, \w[\w*]*)*: ")
# A row of a table: columns are two spaces apart.
ROW = re.compile(r"\s*\S+(?: \S+)* {2,}\S")
NO_PROSE = re.compile(r"!|Copyright: |GNU General Public License|SPDX-|-\*-|type: ")
COMMENT = re.compile(r"(?:^\s*|^[^\"'#]*\s)#(?!})(.*)")
JINJA_COMMENT = re.compile(r"{#(.*?)#}", re.S)
# On one line in a template, so that lines keep their numbers; a scalar of YAML has been folded to one line.
EXPRESSION = re.compile(r"{{.*?}}|{%.*?%}")
QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'")
# What a shell puts in place of itself.
SHELL_EXPANSION = re.compile(r"\$\([^()]*\)|\$\{[^}]*\}|\$\w+|%[sd]")

Line = tuple[int, str]


def paragraphs(path: Path, lines: Iterable[Line]) -> Iterator[Text]:
    """Join lines to texts. A blank line, a list item, a row of a table, and an entry of a section begin a text."""
    block: list[str] = []
    start, section = 0, False
    for number, line in [*lines, (0, "")]:
        item = LIST_ITEM.match(line) or (ENTRY.match(line) if section else None)
        if block and (not line.strip() or item or ROW.match(line)):
            yield Text(path, start, " ".join(block))
            block = []
        section = bool(SECTION.match(line) or (section and line.strip()))
        if line.strip():
            start = start if block else number
            block.append(line[item.end() :] if item else line.strip())


def message(path: Path, line: int, text: str) -> Iterator[Text]:
    """A string as texts, one for each of its lines, if it has enough words to be a sentence."""
    for index, part in enumerate(text.splitlines()):
        if len(re.findall(r"[^\W\d]{2,}", part)) >= MIN_WORDS:
            yield Text(path, line + index, part)


def comments(path: Path, found: Iterable[tuple[int, int, str]]) -> Iterator[Text]:
    """Texts of comments, given as line, column and words. Comments of one column on successive lines are one text."""
    lines: list[Line] = []
    last = (0, 0)
    for number, column, words in found:
        if NO_PROSE.match(words.strip()):
            continue
        if lines and (number, column) != (last[0] + 1, last[1]):
            lines.append((number, ""))
        lines.append((number, words.removeprefix(" ")))
        last = (number, column)
    return paragraphs(path, lines)


class Strings(ast.NodeVisitor):
    """Collects docstrings, and the strings that are not documentation, with their lines."""

    def __init__(self) -> None:
        self.docstrings: list[Line] = []
        self.messages: list[Line] = []

    def visit(self, node: ast.AST) -> None:
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            self.docstrings.append((first.value.lineno, str(first.value.value)))
        super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A string that stands alone is a docstring."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Documentation is read elsewhere."""
        if not any(isinstance(target, ast.Name) and target.id in OTHER_DOCUMENTATION for target in node.targets):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A string."""
        if isinstance(node.value, str):
            self.messages.append((node.lineno, node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """An f-string: each value in it counts as one word."""
        parts = [str(part.value) if isinstance(part, ast.Constant) else "CODE" for part in node.values]
        self.messages.append((node.lineno, "".join(parts)))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)


def python_comments(source: str) -> Iterator[tuple[int, int, str]]:
    """Comments of Python as line, column and words."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield *token.start, token.string[1:]


def python_code(path: Path, messages: bool) -> Iterator[Text]:
    """Comments and docstrings of Python, and its strings."""
    source = path.read_text(encoding="utf-8")
    strings = Strings()
    strings.visit(ast.parse(source))
    yield from comments(path, python_comments(source))
    for line, docstring in strings.docstrings:
        yield from paragraphs(path, enumerate(inspect.cleandoc(docstring).splitlines(), line))
    for line, text in strings.messages if messages else ():
        yield from message(path, line, text)


def line_comments(source: str) -> Iterator[tuple[int, int, str]]:
    """Comments of YAML and of shell scripts as line, column and words."""
    for number, line in enumerate(source.splitlines(), 1):
        comment = COMMENT.match(line)
        if comment:
            yield number, comment.start(1), comment.group(1)


def scalars(node: yaml.Node, key: str = "") -> Iterator[yaml.ScalarNode]:
    """Scalars of a tree of YAML nodes, without scripts."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from scalars(item)
    else:
        for name, value in node.value:
            if name.value not in SCRIPT_KEYS:
                yield from scalars(value, name.value)


def yaml_code(path: Path, messages: bool) -> Iterator[Text]:
    """Comments of YAML, and its strings: each of Jinja's expressions counts as one word, and has strings itself."""
    source = path.read_text(encoding="utf-8")
    yield from comments(path, line_comments(source))
    for root in yaml.compose_all(source, Loader=yaml.SafeLoader) if messages else ():
        for node in scalars(root) if root else ():
            line = node.start_mark.line + 1
            value = " ".join(node.value.split())
            yield from message(path, line, EXPRESSION.sub("CODE", value))
            for expression in EXPRESSION.findall(value):
                for double, single in QUOTED.findall(expression):
                    yield from message(path, line, double or single)


def shell_messages(path: Path, source: str) -> Iterator[Text]:
    """Quoted strings of a shell script, one of which may be what it prints."""
    for number, line in enumerate(source.splitlines(), 1):
        for double, single in QUOTED.findall(line) if not COMMENT.match(line) else ():
            yield from message(path, number, SHELL_EXPANSION.sub("CODE", double or single))


def shell_code(path: Path, messages: bool) -> Iterator[Text]:
    """Comments of a shell script, and what it prints."""
    source = path.read_text(encoding="utf-8")
    yield from comments(path, line_comments(source))
    yield from shell_messages(path, source) if messages else ()


def template_code(path: Path, messages: bool) -> Iterator[Text]:
    """Comments of a template: those of Jinja, and those of the file that it makes; and what a script prints."""
    source = path.read_text(encoding="utf-8")
    for comment in JINJA_COMMENT.finditer(source):
        first = source.count("\n", 0, comment.start()) + 1
        yield from paragraphs(path, enumerate(comment.group(1).splitlines(), first))
    source = EXPRESSION.sub("CODE", source)
    yield from comments(path, line_comments(source))
    yield from shell_messages(path, source) if messages and path.name.endswith(".sh.j2") else ()


READERS: dict[str, Callable[[Path, bool], Iterator[Text]]] = {
    ".py": python_code,
    ".yml": yaml_code,
    ".sh": shell_code,
    ".j2": template_code,
}


def code_texts(root: Path, paths: Iterable[str], messages: bool) -> Iterator[Text]:
    """Texts of the code in some files and directories of a checkout, with the messages or without.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    for name in paths:
        top = root / name
        if not top.exists():
            raise FileNotFoundError(top)
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            reader = READERS.get(path.suffix)
            if reader and path.is_file():
                yield from reader(path, messages)
