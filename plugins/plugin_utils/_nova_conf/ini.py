# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova.conf as data: reads, merges and writes it.

The grammar is that of oslo.config (oslo_config/iniparser.py): C(option = value) or C(option: value), with sections in
brackets. Lines that begin with white space continue a value. A repeated option has several values (MultiStrOpt).

A configuration (Conf) here is a dict: section -> option -> list of str.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Conf = Mapping[str, Mapping[str, list[str]]]
# Python reads a file with each of these as one (universal newlines).
LINE_END = re.compile("\r\n|\r|\n")
ASSIGNMENT = re.compile(r"([^=:]+)[=:](.*)$")
# Values that oslo.config reads as true (oslo_config/types.py).
TRUE = ("true", "1", "on", "yes")
# A template of Jinja that was not resolved.
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


class NovaConfError(ValueError):
    """A text is not a nova.conf, or a value cannot be written to one."""


def parse(text: str) -> dict[str, dict[str, list[str]]]:
    """Read a nova.conf.

    Args:
        text: the file's content.

    Returns:
        dict: section -> option -> list of str, in the order of the text.

    Raises:
        NovaConfError: with the number of the offending line.
    """
    conf: dict[str, dict[str, list[str]]] = {}
    section: str | None = None
    values: list[str] | None = None
    for number, raw in enumerate(LINE_END.split(text), 1):
        line = raw.rstrip()
        if line.startswith((" ", "\t")):
            if values is None:
                raise NovaConfError(f"line {number} continues a value, but there is none before it")
            values[-1] += "\n" + line.lstrip()
        elif not line or line[0] in "#;":
            values = None
        elif line[0] == "[":
            section, values = _section(line, number), None
        else:
            values = _assign(conf, section, line, number)
    return conf


def _section(line: str, number: int) -> str:
    if not line.endswith("]") or len(line) <= len("[]"):
        raise NovaConfError(f"line {number} begins a section but is not [section]")
    return section_name(line[1:-1])


def section_name(text: str) -> str:
    """The name by which oslo.config knows a section: case matters in DEFAULT only (cfg.py, _normalize_group_name)."""
    return text if text == "DEFAULT" else text.lower()


def _assign(conf: dict[str, dict[str, list[str]]], section: str | None, line: str, number: int) -> list[str]:
    match = ASSIGNMENT.match(line)
    if section is None or not match or not match.group(1).strip():
        raise NovaConfError(f"line {number} is not 'option = value' within a section")
    values = conf.setdefault(section, {}).setdefault(match.group(1).strip(), [])
    values.append(match.group(2).strip())
    return values


def refuse_templates(text: str) -> None:
    """Raises:
    NovaConfError: the text is a template of a nova.conf, as kolla-ansible and others have it before they deploy.
    """
    for number, line in enumerate(LINE_END.split(text), 1):
        if line[:1] not in ("#", ";") and TEMPLATE.search(line):
            raise NovaConfError(f"line {number} has a template in braces. Name the file that was made of it")


def merge(*layers: Mapping[Any, Any]) -> dict[str, dict[str, list[str]]]:
    """Merge configurations option by option. Later ones override earlier ones.

    Args:
        layers: dicts, section -> option -> value. A value is a str, number or bool, a list of these (the option is
            repeated), or None (the option is removed).

    Returns:
        dict: section -> option -> list of str.
    """
    conf: dict[str, dict[str, list[str]]] = {}
    for layer in layers:
        for section, options in layer.items():
            for option, value in (options or {}).items():
                _put(conf.setdefault(section_name(str(section)), {}), str(option), value)
    return {section: options for section, options in conf.items() if options}


def _put(options: dict[str, list[str]], option: str, value: Any) -> None:
    if value is None:
        options.pop(option, None)
    else:
        options[option] = [native(item) for item in (value if isinstance(value, (list, tuple)) else [value])]


def native(value: Any) -> str:
    """A YAML value in the form of nova.conf: true and false in small letters, a dict as pairs, the rest as str()."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}:{native(item)}" for key, item in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def literal(value: Any) -> str:
    """Quote a value so that oslo.config reads exactly this value.

    oslo.config reads C(\\$) as C($$), substitutes C($name), turns C($$) into C($), strips white space and removes one
    pair of quotes (oslo_config/cfg.py, ConfigOpts._substitute; iniparser.py).

    Args:
        value: str, number or bool; or a dict or list of these.

    Raises:
        NovaConfError: the value has a line break, which no quoting keeps.
    """
    text = ",".join(map(native, value)) if isinstance(value, (list, tuple)) else native(value)
    if "\n" in text or "\r" in text:
        raise NovaConfError("a value must not have a line break")
    text = text.replace("$", "\\$")
    return f'"{text}"' if text != text.strip() or _quoted(text) else text


def value(conf: Conf, section: str, option: str) -> str:
    """The value of an option as oslo.config reads it. The last one of several, or ""."""
    return plain(conf.get(section, {}).get(option, [""])[-1])


def is_true(text: str) -> bool:
    """Whether oslo.config reads a value as true."""
    return text.strip().lower() in TRUE


def plain(text: str) -> str:
    """The inverse of literal(): a value as oslo.config reads it, without substitutions."""
    text = text[1:-1] if _quoted(text) else text
    return text.replace("\\$", "$$").replace("$$", "$")


def _quoted(text: str) -> bool:
    return text[:1] in ("'", '"') and text[0] == text[-1]


def dump(conf: Conf, header: str = "") -> str:
    """Write a nova.conf: DEFAULT first, then the sections in order, options in order.

    Args:
        conf: configuration that merge() returned.
        header: comment at the beginning of the file.
    """
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    for section in sorted(conf, key=lambda name: (name != "DEFAULT", name)):
        lines += ["", f"[{section}]"]
        for option, values in sorted(conf[section].items()):
            lines += [LINE_END.sub("\n    ", f"{option} = {value}".rstrip()) for value in values]
    return "\n".join(lines).lstrip("\n") + "\n"
