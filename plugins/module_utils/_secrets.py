# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what is shown to people free of secrets."""

from __future__ import annotations

import re

MASK = "********"

# oslo.config marks these options of nova and its libraries secret=True; the pattern covers them by name,
# with the lines that continue the value, wherever they stand: in a nova.conf, a log line or a printed dict.
SECRET_OPTION = re.compile(
    r"((?:password|passwd|passcode|secret|token|api_key|private_key|encryption_key|fixed_key|hmac_key|transport_url)"
    r"[\w.-]*['\"]?[ \t]*[=:][ \t]*).*(?:\n[ \t]+\S.*)*",
    re.IGNORECASE,
)
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


def _masked_hosts(match):
    return ",".join(_masked_host(part) for part in match.group().split(","))


def _masked_host(part):
    credentials, _at, host = part.rpartition("@")
    user, colon, _password = credentials.partition(":")
    return f"{user}:{MASK}@{host}" if colon else part
