# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what is shown to people free of secrets."""

from __future__ import annotations

import re

MASK = "********"

# oslo.config marks these options of nova and its libraries secret=True; the pattern covers them by name.
SECRET_OPTION = re.compile(
    r"^(\s*[\w.-]*(?:password|passwd|secret|token|api_key|private_key|encryption_key|transport_url)[\w.-]*\s*[=:]\s*).*$",
    re.IGNORECASE | re.MULTILINE,
)
URL_PASSWORD = re.compile(r"(?<=:)[^:/@\s]+(?=@)")


def masked(text):
    """Replace the values of secret options, and the passwords in URLs.

    Args:
        text: str, such as a whole nova.conf.

    Returns:
        str
    """
    return URL_PASSWORD.sub(MASK, SECRET_OPTION.sub(r"\g<1>" + MASK, text))
