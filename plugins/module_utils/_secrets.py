# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes secrets from texts that people see."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "********"
# Follows a mask if the hidden value has changed.
NEW = " (new)"

# oslo.config marks options of nova and its libraries with these words secret=True. They are found by name in any text:
# a nova.conf, a log line or a printed dict.
SECRET_WORDS = (
    "password|passwd|passphrase|passcode|secret|token|authorization|api[_-]?key|access[_-]key|consumer[_-]key|"
    "private[_-]key|encryption[_-]key|fixed[_-]key|hmac[_-]key|transport_url|"
    # Usual names of secrets of other programs.
    "auth[_-]key|shared[_-]key|pre_?shared|pwd|psk|(?<![a-z])pass(?=['\"]?[ \t]*[=:]|\\Z)"
)
# The separator of an option and its value, and a value with the lines that continue it.
SEPARATOR = r"['\"]?[ \t]*[=:][ \t]*"
REST = r".*(?:\n[ \t]+\S.*)*"
SECRET_OPTION = re.compile(rf"((?:{SECRET_WORDS})[\w.-]*{SEPARATOR}){REST}", re.IGNORECASE)
# URLs of databases, which an account stands in. Without quotes around them, a blank or a quote in it ends no URL.
CONNECTION = re.compile(rf"^((?:slave_)?connection{SEPARATOR})\S*://{REST}", re.MULTILINE)
# Options that have such a word in their name, but hold a place, a time or a type.
NOT_SECRET = re.compile(r".*_(file|path|dir|length|time|timeout|ttl|expiration|type)")
# An option with the lines that continue its value.
ENTRY_END = re.compile(r"\n(?![ \t]+\S)")
URL_REST = re.compile(r"(?<=://)[^\s'\"]+")
# An account without a scheme. The digest of an image looks the same.
CREDENTIALS = re.compile(r"(?<=:)[^:/@\s]+(?=@(?!sha256:))")


def is_secret_name(option: str) -> bool:
    """Whether an option counts as a secret if only its name is known."""
    words = f"({SECRET_WORDS}|^(slave_)?connection$)"
    return bool(re.search(words, option, re.IGNORECASE)) and not NOT_SECRET.fullmatch(option)


def masked(text: str, options: Iterable[str] = ()) -> str:
    """Replace the values of secret options, and the passwords in URLs.

    Args:
        text: such as a whole nova.conf.
        options: names of secret options, in addition to those that are recognised by name.

    Returns:
        str
    """
    text = CONNECTION.sub(r"\g<1>" + MASK, SECRET_OPTION.sub(r"\g<1>" + MASK, text))
    if options:
        names = "|".join(map(re.escape, sorted(options)))
        text = re.sub(rf"^((?:{names}){SEPARATOR}){REST}", r"\g<1>" + MASK, text, flags=re.MULTILINE)
    return CREDENTIALS.sub(MASK, URL_REST.sub(_masked_hosts, text))


def masked_change(before: str, after: str, options: Iterable[str] = ()) -> str:
    """Mask the later of two texts, and mark the secrets that differ from the earlier text.

    Args:
        before, after: the two texts.
        options: those of masked().

    Returns:
        str
    """
    known = set(ENTRY_END.split(before))
    return "\n".join(_masked_entry(entry, entry in known, options) for entry in ENTRY_END.split(after))


def _masked_entry(entry: str, known: bool, options: Iterable[str]) -> str:
    text = masked(entry, options)
    return text if known or text == entry else text + NEW


def _masked_hosts(match: re.Match[str]) -> str:
    return ",".join(_masked_host(part) for part in match.group().split(","))


def _masked_host(part: str) -> str:
    credentials, _at, host = part.rpartition("@")
    user, colon, _password = credentials.partition(":")
    return f"{user}:{MASK}@{host}" if colon else part
