# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check what users read: the length of sentences, banned words, and the form of titles.

usage: words.py [--count] [DIRECTORY]

DIRECTORY is a checkout of the collection, by default the one around this file. The script reads README.md, docs/*.md,
the READMEs and argument specs of roles, and the documentation of modules and plugins. Code, tables and links' targets
do not count. It prints one line for each finding, and ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

MAX_WORDS = 30
BANNED = Path(__file__).with_name("banned.yml")
# Names of Python's variables, and keys of their YAML, that hold documentation.
DOCUMENTATION = ("DOCUMENTATION", "RETURN")
PROSE_KEYS = ("description", "short_description", "notes", "requirements")
# An option may be called as one of these keys: below these, a key is a name.
NAME_KEYS = ("options", "suboptions", "contains", "argument_specs")

SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<!\.\.)[\"')*_]*\s+")
LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
# O(name), V(value), L(text, target) and so on in option descriptions.
MARKUP = re.compile(r"\b(?:O|V|C|E|P|M|RV|RP|R|I|B|L|U)\((?:[^()]|\([^()]*\))*\)")
CODE_SPAN = re.compile(r"(`+).+?\1")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Text:
    """A paragraph, a list item, a title or a description: where it begins, and its words on one line."""

    path: Path
    line: int
    words: str
    title: bool = False


@dataclass(frozen=True)
class Finding:
    """A rule that a sentence breaks."""

    path: Path
    line: int
    rule: str
    detail: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.detail}: {self.sentence}"


@dataclass(frozen=True)
class Banned:
    """What texts must not have: patterns of words with the advice for each, and of the first word of a title."""

    words: dict[re.Pattern[str], str]
    titles: re.Pattern[str]

    @classmethod
    def read(cls, path: Path = BANNED) -> Banned:
        """Read banned.yml. Raises re.error if a pattern in it is not valid."""
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = {
            re.compile(rf"(?<![\w-])(?:{key})(?![\w-])", re.I): str(advice) for key, advice in data["words"].items()
        }
        return cls(words, re.compile(rf"(?:{data['titles']})\b", re.I))


def plain(text: str) -> str:
    """Text without markup: one word for each piece of code, the words of a link in place of the link."""
    text = CODE_SPAN.sub("CODE", MARKUP.sub("CODE", text))
    return " ".join(LINK.sub(r"\1", text).replace("**", "").split())


def sentences(text: str) -> list[str]:
    """The sentences of a text. Each may begin with a small letter: nova does."""
    return [sentence for sentence in SENTENCE_END.split(text) if sentence]


def word_count(sentence: str) -> int:
    """Words of a sentence. What has no letter and no digit, such as a dash, is not a word."""
    return sum(1 for word in sentence.split() if any(character.isalnum() for character in word))


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


def collection_texts(root: Path) -> Iterator[Text]:
    """All texts of a checkout."""
    for pattern, reader in READERS:
        for path in sorted(root.glob(pattern)):
            yield from reader(path)


def findings(texts: Iterable[Text], banned: Banned) -> Iterator[Finding]:
    """What is wrong with texts, in their order."""
    for text in texts:
        if text.title and banned.titles.match(text.words):
            yield Finding(text.path, text.line, "title", "not a noun or an imperative", text.words)
        for sentence in sentences(plain(text.words)):
            words = word_count(sentence)
            if words > MAX_WORDS:
                yield Finding(text.path, text.line, "length", f"{words} words, at most {MAX_WORDS}", sentence)
            for pattern, advice in banned.words.items():
                for match in pattern.finditer(sentence):
                    yield Finding(text.path, text.line, "word", f"{match.group()!r} ({advice})", sentence)


def main(arguments: list[str] | None = None) -> int:
    """Print the findings, or with --count their number for each rule. Return 1 if there are any, or no text at all."""
    parser = argparse.ArgumentParser(description="Check the sentences, words and titles of what users read.")
    parser.add_argument("--count", action="store_true", help="print only the number of findings for each rule")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    options = parser.parse_args(arguments)
    texts = list(collection_texts(options.directory))
    if not texts:
        print(f"{options.directory}: no texts found", file=sys.stderr)
        return 1
    found = list(findings(texts, Banned.read()))
    if options.count:
        for rule in ("length", "word", "title"):
            print(f"{rule}: {sum(finding.rule == rule for finding in found)}")
    else:
        print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
