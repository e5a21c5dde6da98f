# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check what users read: the length of sentences, banned words, and the form of titles.

usage: words.py [--count] [--code PATH]... [DIRECTORY]

DIRECTORY is a checkout of the collection, by default the one around this file. The script reads README.md, docs/*.md,
the READMEs and argument specs of roles, and the documentation of modules and plugins. Code, tables and links' targets
do not count. It also reads comments, docstrings and messages in the code that code.yml names, or only those of each
PATH. It prints one line for each finding, and ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from code_texts import code_texts
from document_texts import Text, document_texts

MAX_WORDS = 30
BANNED = Path(__file__).with_name("banned.yml")
# In a checkout: the code whose texts are checked.
CODE = Path("tests/words/code.yml")
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<!\.\.)[\"')*_]*\s+")
# O(name), V(value), L(text, target) and so on in option descriptions.
MARKUP = re.compile(r"\b(?:O|V|C|E|P|M|RV|RP|R|I|B|L|U)\((?:[^()]|\([^()]*\))*\)")
CODE_SPAN = re.compile(r"(`+).+?\1")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


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


def collection_texts(root: Path) -> Iterator[Text]:
    """All texts of a checkout: those of its documents, and those of the code that code.yml names."""
    yield from document_texts(root)
    covered = yaml.safe_load((root / CODE).read_text(encoding="utf-8"))
    yield from code_texts(root, covered["messages"], messages=True)
    yield from code_texts(root, covered["comments"], messages=False)


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
    parser.add_argument("--code", action="append", metavar="PATH", help="read only this code, a file or a directory")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    options = parser.parse_args(arguments)
    root = options.directory
    texts = list(code_texts(root, options.code, messages=True) if options.code else collection_texts(root))
    if not texts:
        print(f"{root}: no texts found", file=sys.stderr)
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
