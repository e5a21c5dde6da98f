# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what is shown to people free of secrets."""

from __future__ import annotations

import re

MASK = "********"
# Behind a mask where the hidden value is not the one that was there before.
NEW = " (new)"

# oslo.config marks these options of nova and its libraries secret=True; the pattern covers them by name,
# with the lines that continue the value, wherever they stand: in a nova.conf, a log line or a printed dict.
SECRET_OPTION = re.compile(
    r"((?:password|passwd|passcode|secret|token|api_key|private_key|encryption_key|fixed_key|hmac_key|transport_url)"
    r"[\w.-]*['\"]?[ \t]*[=:][ \t]*).*(?:\n[ \t]+\S.*)*",
    re.IGNORECASE,
)
# An option with the lines that continue its value.
ENTRY_END = re.compile(r"\n(?![ \t]+\S)")
URL_REST = re.compile(r"(?<=://)[^\s'\"]+")
# Without a scheme; a digest behind an image's tag looks the same.
CREDENTIALS = re.compile(r"(?<=:)[^:/@\s]+(?=@(?!sha256:))")


def masked(text):
    """Replace the values of secret options, and the passwords in URLs.

    Args:
        text: str, such as a whole nova.conf.

    Returns:
        str
    """
    text = SECRET_OPTION.sub(r"\g<1>" + MASK, text)
    return CREDENTIALS.sub(MASK, URL_REST.sub(_masked_hosts, text))


def masked_change(before, after):
    """Mask the later of two texts so that a secret that changed can be told from one that did not.

    Args:
        before: str.
        after: str.

    Returns:
        str
    """
    known = set(ENTRY_END.split(before))
    return "\n".join(_masked_entry(entry, entry in known) for entry in ENTRY_END.split(after))


def _masked_entry(entry, known):
    text = masked(entry)
    return text if known or text == entry else text + NEW


def _masked_hosts(match):
    return ",".join(_masked_host(part) for part in match.group().split(","))


def _masked_host(part):
    credentials, _at, host = part.rpartition("@")
    user, colon, _password = credentials.partition(":")
    return f"{user}:{MASK}@{host}" if colon else part
