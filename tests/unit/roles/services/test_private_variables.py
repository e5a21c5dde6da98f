# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private variables of role services. What a run decides belongs in actions, where unit tests look."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROLE = Path(__file__).parents[4] / "roles" / "services"
# Less than half of the 71 that the role had before its decisions moved into actions.
MOST = 35


def private() -> Counter[str]:
    """How often each private variable is named in the role's own files."""
    texts = [path.read_text(encoding="utf-8") for path in ROLE.rglob("*") if path.suffix in (".yml", ".j2")]
    return Counter(name for text in texts for name in re.findall(r"\b__services_\w+", text))


def test_there_are_few():
    assert 0 < len(private()) <= MOST


def test_each_is_both_set_and_read():
    assert [name for name, times in private().items() if times == 1] == []
