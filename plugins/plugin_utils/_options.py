# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one release of nova makes of options that somebody set.  Pure.

The list of its options was made when its image was built (roles/image/files/nova_options.py says how it looks), and
names are compared as oslo.config does it (oslo_config/cfg.py): sections without regard to case, but for DEFAULT,
options as they stand, so that C(auth-url) is not C(auth_url).
"""

from __future__ import annotations

import base64
import difflib
import json
import zlib
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.plugin_utils import _nova_conf

# What oslo.config takes for a bool (oslo_config/types.py, Boolean).
BOOLS = ("true", "1", "on", "yes", "false", "0", "off", "no")
NUMBERS = {"int": int, "float": float}
MOST_SECTIONS = 3
NO_IDEA = "Look it up in nova's configuration reference, or name it in services_options_known."

# Kinds of findings.
UNKNOWN, REFUSED, OLD_NAME, LEAVING = "unknown", "refused", "old name", "leaving"


@dataclass(frozen=True)
class Finding:
    """What is to be said of one option.

    Attributes:
        kind: one of the four.
        option: section and option with a dot between them, as they were given, or a section.
        problem: str, a sentence without its subject.
        cure: str, a sentence.
    """

    kind: str
    option: str
    problem: str
    cure: str

    @property
    def fatal(self):
        """Whether nova would not do what was meant."""
        return self.kind in (UNKNOWN, REFUSED)


class NovaOptions:
    """The options of one release of nova."""

    def __init__(self, listed):
        """listed: dict, what nova_options.py wrote."""
        self.release = listed["nova"]
        self.sections, self.families, self.auth = listed["sections"], listed["families"], listed["auth"]

    @classmethod
    def unpack(cls, packed):
        """packed: str, the list as the module containers_info returns it: base64 of zlib's."""
        return cls(json.loads(zlib.decompress(base64.b64decode(packed))))

    def findings(self, conf):
        """Judge what one layer of a nova.conf sets.

        Args:
            conf: dict, section -> option -> value or list of them. None takes an option out and is no mistake.

        Returns:
            list of Finding
        """
        found = []
        for section, options in conf.items():
            given = {option: value for option, value in (options or {}).items() if value is not None}
            known = self._section(str(section), given) if given else {}
            if known is None:
                found.append(self._unknown_section(str(section)))
                continue
            for option, value in given.items():
                found += self._judged(str(section), str(option), value, known)
        return found

    def _section(self, section, given):
        name = section if section == "DEFAULT" else section.lower()
        if name in self.sections:
            return self.sections[name]
        for beginning, options in self.families.items():
            if name.startswith(beginning):
                return {option: {} for option in options}
        # Another section's auth_section may name any (keystoneauth1/loading/conf.py).
        return {option: {} for option in self.auth} if "auth_type" in given else None

    def _judged(self, section, option, value, known):
        name, about = f"{section}.{option}", known.get(option)
        if about is None:
            return [Finding(UNKNOWN, name, f"is no option of nova {self.release}.", self._meant(option, known))]
        if "renamed" in about:
            today = "[{}] {}".format(*about["renamed"])
            return [Finding(OLD_NAME, name, f"is an old name in nova {self.release}.", f"Write {today}.")]
        found = []
        if "removal" in about:
            problem = f"is to be removed from nova, says nova {self.release}."
            found.append(Finding(LEAVING, name, problem, about["removal"] or "It does not say what takes its place."))
        cure = _wrong_value(value, about)
        return found + ([Finding(REFUSED, name, "has a value that nova refuses.", cure)] if cure else [])

    def _meant(self, option, known):
        elsewhere = sorted(section for section, options in self.sections.items() if option in options)
        if elsewhere:
            return "It belongs into [{}].".format("] or [".join(elsewhere[:MOST_SECTIONS]))
        return _did_you_mean(option, known) or NO_IDEA

    def _unknown_section(self, section):
        cure = _did_you_mean(section, self.sections) or NO_IDEA
        return Finding(UNKNOWN, section, f"[{section}] is no section of nova {self.release}.", cure)


def _did_you_mean(name, known):
    close = difflib.get_close_matches(name.replace("-", "_"), list(known), n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _wrong_value(value, about):
    """Cure of a value that oslo.config would refuse, or ""."""
    for one in value if isinstance(value, (list, tuple)) else [value]:
        text = _nova_conf.plain(_nova_conf.native(one)).strip()
        # Nobody but nova knows what it substitutes, and nothing is a value of many types.
        if "$" in text or not text:
            continue
        cure = _refused(text, about)
        if cure:
            return cure
    return ""


def _refused(text, about):
    kind = about.get("type")
    if kind == "bool":
        return "" if text.lower() in BOOLS else "Write true or false."
    if kind in NUMBERS:
        return _refused_number(text, kind, about)
    choices = about.get("choices")
    # Some take it in any case, which the list does not say.
    if choices and text.lower() not in [str(one).lower() for one in choices]:
        return "Write one of {}.".format(", ".join(str(one) for one in choices if one))
    return ""


def _refused_number(text, kind, about):
    bounds = [f"at {word} {about[key]}" for key, word in (("min", "least"), ("max", "most")) if key in about]
    cure = f"Write {'an int' if kind == 'int' else 'a number'}{', ' if bounds else ''}{' and '.join(bounds)}."
    try:
        number = NUMBERS[kind](text)
    except ValueError:
        return cure
    return "" if about.get("min", number) <= number <= about.get("max", number) else cure
