# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks whether oslo.config accepts a text for an option, by its type. Pure.

The rules are those of oslo_config/types.py. An option is described as in an image's list (see
roles/nova_image/files/nova_options.py).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any

BOOLS = ("true", "1", "on", "yes", "false", "0", "off", "no")
NUMBERS = {"int": int, "float": float}
MOST_CHOICES = 12
LONGEST_NAME, LONGEST_LABEL = 253, 63
HOST_LABEL = re.compile(r"(?!-)[A-Z0-9-]{1,63}(?<!-)$", re.IGNORECASE)
DOMAIN_LABEL = re.compile(r"(?!-)[A-Z0-9-_]{1,63}(?<!-)$", re.IGNORECASE)
# A scheme, and an authority with a host (RFC 3986). oslo.config accepts nearly everything after that.
URI = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(?:\[[0-9a-f:.v]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)


def refused(text: str, about: Mapping[str, Any]) -> str:
    """Explain why oslo.config refuses a text as the value of an option.

    Args:
        text: the value in nova.conf.
        about: the option in the list.

    Returns:
        A sentence that says what to write, or "" if the text is accepted or the type is unknown.
    """
    kind = about.get("type")
    if kind in CHECKS:
        return CHECKS[kind](text, about)
    return _string(text, about)


def not_a_host_domain(text: str) -> str:
    """Explain why a text is not a HostDomain, nova's type of C([DEFAULT] host) since 24.0.0.

    Returns:
        A sentence that says what to write, or "".
    """
    return "" if is_address(text) else _name_problem(text, DOMAIN_LABEL)


def not_a_host_address(text: str) -> str:
    """Explain why a text is not a HostAddress: an IP address, or a name without underscores.

    Returns:
        A sentence that says what to write, or "".
    """
    return "" if is_address(text) else _name_problem(text, HOST_LABEL)


def is_address(text: str, version: int | None = None) -> bool:
    """Whether a text is an IP address, of version 4 or 6 if one is given."""
    families = {4: [socket.AF_INET], 6: [socket.AF_INET6]}.get(version or 0, [socket.AF_INET, socket.AF_INET6])
    return any(_packs(family, text) for family in families)


def _packs(family: int, text: str) -> bool:
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True


def _name_problem(text: str, label: re.Pattern[str]) -> str:
    if not text:
        return "Write a name or an address."
    if len(text) > LONGEST_NAME:
        return f"Write at most {LONGEST_NAME} characters."
    if text.startswith("[") and is_address(text[1:-1], 6):
        return "Write the address without brackets."
    labels = text.removesuffix(".").split(".")
    if labels[-1] and not re.search("[a-zA-Z-]", labels[-1]):
        return f"Write a name with a letter in its last part: {labels[-1]!r} has none."
    wrong = [part for part in labels if not label.match(part)]
    return _label_problem(wrong[0], "_" in label.pattern) if wrong else ""


def _label_problem(wrong: str, underscore: bool) -> str:
    if not wrong:
        return "Remove the dot at the beginning or end, or one of two successive dots."
    if len(wrong) > LONGEST_LABEL:
        return f"Write at most {LONGEST_LABEL} characters between two dots: {wrong!r} has {len(wrong)}."
    if wrong.startswith("-") or wrong.endswith("-"):
        return f"Remove the '-' at the beginning or end of {wrong!r}."
    if not wrong.isascii():
        return f"Write {wrong!r} in ASCII, as DNS has it{_in_dns(wrong)}."
    allowed = "letters, digits, '-' and '_'" if underscore else "letters, digits and '-', not '_'"
    return f"Use {allowed} between dots: {wrong!r} has something else."


def _in_dns(label: str) -> str:
    try:
        return f": {label.encode('idna').decode()}"
    except UnicodeError:
        return ""


def _bool(text: str, _about: Mapping[str, Any]) -> str:
    return "" if text.lower() in BOOLS else "Write true or false."


def _number(text: str, about: Mapping[str, Any]) -> str:
    bounds = [f"at {word} {about[key]}" for key, word in (("min", "least"), ("max", "most")) if key in about]
    cure = f"Write {'an int' if about['type'] == 'int' else 'a number'}{', ' if bounds else ''}{' and '.join(bounds)}."
    if not text.strip():
        return ""
    try:
        number = NUMBERS[about["type"]](text.strip())
    except ValueError:
        return cure
    if not about.get("min", number) <= number <= about.get("max", number):
        return cure
    choices = about.get("choices")
    return "" if not choices or str(number) in choices else _one_of(choices)


def _string(text: str, about: Mapping[str, Any]) -> str:
    if about.get("quotes") and text[:1] in ("'", '"'):
        if len(text) == 1 or text[0] != text[-1]:
            return "Close the quote, or remove it."
        text = text[1:-1]
    if len(text) > about.get("max_length", len(text)):
        return f"Write at most {about['max_length']} characters."
    if "regex" in about and not re.search(about["regex"], text, 0 if about.get("exact") else re.IGNORECASE):
        return f"Write what matches {about['regex']}."
    choices = about.get("choices")
    if not choices:
        return ""
    # Lists of older images do not record whether case matters.
    known = choices if about.get("exact") else [str(choice).lower() for choice in choices]
    return "" if (text if about.get("exact") else text.lower()) in known else _one_of(choices)


def _one_of(choices: list[Any]) -> str:
    named = [str(choice) for choice in choices if choice]
    more = f" or {len(named) - MOST_CHOICES} others" if len(named) > MOST_CHOICES else ""
    return f"Write one of {', '.join(named[:MOST_CHOICES])}{more}."


def _hostname(text: str, _about: Mapping[str, Any]) -> str:
    return _name_problem(text, HOST_LABEL)


def _ip(text: str, about: Mapping[str, Any]) -> str:
    version = about.get("version")
    return "" if is_address(text, version) else f"Write an IP{f'v{version}' if version else ''} address."


def _uri(text: str, about: Mapping[str, Any]) -> str:
    match = URI.fullmatch(text)
    schemes = about.get("schemes") or ()
    if not match or (schemes and match["scheme"] not in schemes):
        begin = " or ".join(f"{scheme}://" for scheme in schemes) or "a scheme such as http://"
        return f"Write a URL with {begin} and a host."
    if len(text) > about.get("max_length", len(text)):
        return f"Write at most {about['max_length']} characters."
    return ""


def _list(text: str, about: Mapping[str, Any]) -> str:
    text = text.strip().rstrip(",")
    if about.get("bounds"):
        if not (text.startswith("[") and text.endswith("]")):
            return "Write the items in brackets: [a, b]."
        text = text[1:-1]
    return _parts(text, lambda part: refused(part.strip(), about.get("item") or {}))


def _dict(text: str, about: Mapping[str, Any]) -> str:
    text = text.strip()
    if about.get("bounds"):
        if not (text.startswith("{") and text.endswith("}")):
            return "Write the pairs in braces: {a:1, b:2}."
        text = text[1:-1]

    seen: set[str] = set()

    def pair(part: str) -> str:
        key, colon, value = (text.strip() for text in part.partition(":"))
        if not colon or not key:
            return "Write key:value pairs, with commas between them."
        if key in seen:
            return f"Write each key once: {key} is there twice."
        cure = refused(value, about.get("item") or {})
        if not cure:
            seen.add(key)
        return cure

    return _parts(text, pair)


def _parts(text: str, judge: Any) -> str:
    """A refused part may continue after the next comma, as a quoted one does (types.List, types.Dict)."""
    rest = text.split(",") if text else []
    while rest:
        part = rest.pop(0)
        first = cure = judge(part)
        while cure and rest:
            part += "," + rest.pop(0)
            cure = judge(part)
        if cure:
            return first
    return ""


CHECKS = {
    "bool": _bool,
    "int": _number,
    "float": _number,
    "host_domain": lambda text, _about: not_a_host_domain(text),
    "host_address": lambda text, _about: not_a_host_address(text),
    "hostname": _hostname,
    "ip": _ip,
    "uri": _uri,
    "list": _list,
    "dict": _dict,
}
