# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what is shown to people free of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "********"
# Behind a mask where the hidden value is not the one that was there before.
NEW = " (new)"

# oslo.config marks options of nova and its libraries with these words secret=True. They are found by name wherever they
# stand: in a nova.conf, a log line or a printed dict.
SECRET_WORDS = (
    "password|passwd|passcode|secret|token|api_key|private_key|encryption_key|fixed_key|hmac_key|transport_url"
)
# What separates an option from its value; a value with the lines that continue it.
SEPARATOR = r"['\"]?[ \t]*[=:][ \t]*"
REST = r".*(?:\n[ \t]+\S.*)*"
SECRET_OPTION = re.compile(rf"((?:{SECRET_WORDS})[\w.-]*{SEPARATOR}){REST}", re.IGNORECASE)
# What holds such a word and says where, how long or of which kind.
NOT_SECRET = re.compile(r".*_(file|path|dir|length|time|timeout|ttl|expiration|type)")
# An option with the lines that continue its value.
ENTRY_END = re.compile(r"\n(?![ \t]+\S)")
URL_REST = re.compile(r"(?<=://)[^\s'\"]+")
# Without a scheme; a digest behind an image's tag looks the same.
CREDENTIALS = re.compile(r"(?<=:)[^:/@\s]+(?=@(?!sha256:))")


def is_secret_name(option: str) -> bool:
    """Whether an option is taken for a secret, where nothing but its name is known."""
    words = f"({SECRET_WORDS}|^(slave_)?connection$)"
    return bool(re.search(words, option, re.IGNORECASE)) and not NOT_SECRET.fullmatch(option)


def masked(text: str, options: Iterable[str] = ()) -> str:
    """Replace the values of secret options, and the passwords in URLs.

    Args:
        text: such as a whole nova.conf.
        options: names of options that are secret beside those whose names say so.

    Returns:
        str
    """
    text = SECRET_OPTION.sub(r"\g<1>" + MASK, text)
    if options:
        names = "|".join(map(re.escape, sorted(options)))
        text = re.sub(rf"^((?:{names}){SEPARATOR}){REST}", r"\g<1>" + MASK, text, flags=re.MULTILINE)
    return CREDENTIALS.sub(MASK, URL_REST.sub(_masked_hosts, text))


def masked_change(before: str, after: str, options: Iterable[str] = ()) -> str:
    """Mask the later of two texts so that a secret that changed can be told from one that did not.

    Args:
        before, after: the two texts.
        options: as masked() has them.

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
