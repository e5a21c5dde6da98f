# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of README and of the guides in docs, and what guides.yml says of each of them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("guides.yml")
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
# A block without a language has commands only. In a block `console` they follow a prompt, and the rest is output.
PROMPT = re.compile(r"^[#$] ")
COMMENT = re.compile(r"(^|\s+)# .*$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, without its indentation."""

    page: str
    line: int
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command of a page, as a reader copies it."""

    page: str
    line: int
    text: str

    @property
    def plain(self) -> str:
        """The command without its comment and with single spaces, as guides.yml names it."""
        return " ".join(COMMENT.sub("", self.text).replace("\\\n", " ").split())

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.plain}"


@dataclass(frozen=True, eq=False)
class Row:
    """A row of guides.yml: the commands of a page that match a pattern, and what it says of them."""

    page: str
    command: str = "*"
    replace: dict[str, str] = field(default_factory=dict)
    status: tuple[int, ...] = (0,)
    patience: int = 0
    reason: str = ""
    test: str = ""

    def matches(self, command: Command) -> bool:
        pattern = self.command.replace("[", "[[]")
        return self.page in ("*", command.page) and fnmatchcase(command.plain, pattern)

    def __str__(self) -> str:
        return f"{self.page}: {self.command}"


@dataclass(frozen=True)
class Table:
    """The content of guides.yml.

    Attributes:
        run: what runs on the quick start, in this order.
        adapt: what differs where the commands run.
        elsewhere: what does not run there, each with the reason, or with the test that runs it.
    """

    run: tuple[Row, ...]
    adapt: tuple[Row, ...]
    elsewhere: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.run + self.adapt + self.elsewhere


def table() -> Table:
    found = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return Table(**{name: tuple(_row(row) for row in rows) for name, rows in found.items()})


def _row(given: dict[str, Any]) -> Row:
    return Row(**{**given, "status": tuple(given.get("status", (0,)))})


def pages() -> list[str]:
    return ["README.md", *sorted(str(path.relative_to(TOP)) for path in (TOP / "docs").glob("*.md"))]


def blocks(page: str) -> list[Block]:
    text = (TOP / page).read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start("text")) + 1, found["language"], textwrap.dedent(found["text"]))
        for found in FENCE.finditer(text)
    ]


def commands(page: str) -> list[Command]:
    return [command for block in blocks(page) for command in _commands(block)]


def _commands(block: Block) -> Iterator[Command]:
    if block.language not in ("", "console"):
        return
    prompted, lines, start = block.language == "console", [], 0
    for number, line in enumerate(block.text.splitlines(), start=block.line):
        if not lines:
            start = number
            if not _is_command(line, prompted):
                continue
        lines.append(PROMPT.sub("", line) if prompted and not lines else line)
        if not line.endswith("\\"):
            yield Command(block.page, start, "\n".join(lines))
            lines = []


def _is_command(line: str, prompted: bool) -> bool:
    return bool(PROMPT.match(line) if prompted else COMMENT.sub("", line).strip())


def claimed(every: list[Command], known: Table) -> list[tuple[Command, list[Row]]]:
    """Each command with the rows that claim it. One that runs on another page needs no row of its own."""
    here = {command: _claims(known.elsewhere + known.run, command) for command in every}
    running = {command.plain: rows for command, rows in here.items() if rows and set(rows) <= set(known.run)}
    return [(command, rows or running.get(command.plain, [])) for command, rows in here.items()]


def _claims(rows: tuple[Row, ...], command: Command) -> list[Row]:
    found = [row for row in rows if row.matches(command)]
    # A row with a pattern takes its commands out of the page's row.
    return [row for row in found if row.command != "*"] or found


def to_run(row: Row, known: Table) -> list[tuple[Command, Row]]:
    """The commands that a row of run has run, in the page's order, each with what adapts it."""
    mine = [command for command in commands(row.page) if row in _claims(known.elsewhere + known.run, command)]
    return [(command, _adapted(command, known)) for command in mine]


def _adapted(command: Command, known: Table) -> Row:
    return next((row for row in known.adapt if row.matches(command)), Row(command.page))
