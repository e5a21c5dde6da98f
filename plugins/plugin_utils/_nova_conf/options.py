# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks options against those of one release of nova. Pure.

The list of its options was made when its image was built (see roles/nova_image/files/nova_options.py). Names are
compared as oslo.config does it (oslo_config/cfg.py): sections ignore case, except DEFAULT. Options must be exact, so
that C(auth-url) is not C(auth_url).
"""

from __future__ import annotations

import base64
import datetime
import difflib
import json
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, option_types

# Option -> its description.
KnownOptions = Mapping[str, Mapping[str, Any]]
# Lists of this format describe all types. Those of older images describe only bools, numbers and choices.
DETAILED = 2
# Xena (nova/conf/netconf.py).
FIRST_WITH_HOST_DOMAIN = "24.0.0"
# Types whose values are texts. A YAML value of another type needs quotes.
TEXTS = ("string", "host_domain", "host_address", "hostname", "ip", "uri")
# Types that YAML gives some texts without quotes, the special ones before the general ones.
NO_TEXTS = (
    (type(None), "nothing (null)"),
    (bool, "true or false"),
    ((int, float), "a number, without leading zeros"),
    (datetime.date, "a date"),
    (Mapping, "a dict"),
    ((list, tuple), "a list"),
)
# oslo_config/cfg.py, ConfigOpts.Template.
REFERENCE = re.compile(r"\$(?:\$|(?P<named>[_a-z][._a-z0-9]*)|\{(?P<braced>[_a-z][._a-z0-9]*)\})", re.IGNORECASE)
NOT_UNICODE = "has a character that UTF-8 does not have."
MOST_SECTIONS = 3
NO_IDEA = "Look it up in nova's configuration reference, or name it in services_options_known."

# Kinds of findings.
UNKNOWN, REFUSED, OLD_NAME, LEAVING = "unknown", "refused", "old name", "leaving"


@dataclass(frozen=True)
class OptionFinding:
    """A finding about one option.

    Attributes:
        kind: one of the four kinds.
        option: 'section.option' as it was given, or a section.
        problem: the problem, a sentence without its subject.
        cure: a sentence.
    """

    kind: str
    option: str
    problem: str
    cure: str

    @property
    def fatal(self) -> bool:
        """Whether nova would not apply the option as intended."""
        return self.kind in (UNKNOWN, REFUSED)


@dataclass(frozen=True)
class Literal:
    """A value that is written so that nova reads exactly this value."""

    value: Any


class NovaOptions:
    """The options of one release of nova."""

    def __init__(self, listed: Mapping[str, Any]) -> None:
        """listed: output of nova_options.py."""
        self.release = str(listed["nova"])
        self.sections: dict[str, KnownOptions] = dict(listed["sections"])
        self.families, self.auth = listed["families"], listed["auth"]
        self.detailed = listed.get("format", 1) >= DETAILED
        # Empty in lists of older images.
        self.plugins: dict[str, KnownOptions] = listed.get("plugins", {})
        self.auth_sections: list[str] = listed.get("auth_sections", [])
        self.drivers: list[str] = listed.get("drivers", [])

    @classmethod
    def unpack(cls, packed: str) -> NovaOptions:
        """packed: the list as the module containers_info returns it: compressed with zlib, then base64."""
        return cls(json.loads(zlib.decompress(base64.b64decode(packed))))

    def about(self, section: str, option: str) -> Mapping[str, Any] | None:
        """The description of an option. An old name has that of the new option. None if nova does not read it."""
        known = self._section(section, {"auth_type": ""}) or {}
        about = known.get(option)
        if about and "renamed" in about:
            today, name = about["renamed"]
            return self.sections.get(today, {}).get(name, {})
        return about

    @property
    def has_host_domain(self) -> bool:
        """Whether nova accepts only a HostDomain as service host."""
        if self.detailed:
            return (self.about("DEFAULT", "host") or {}).get("type") == "host_domain"
        first = self.release.partition(".")[0]
        return first.isdigit() and int(first) >= int(FIRST_WITH_HOST_DOMAIN.partition(".")[0])

    def secrets(self) -> set[str]:
        """Names of all options that are secrets."""
        known = [*self.sections.values(), *self.plugins.values()]
        return {name for options in known for name, about in options.items() if about.get("secret")}

    def findings(self, conf: Mapping[str, Any]) -> list[OptionFinding]:
        """Check the options that one layer of a nova.conf sets.

        Args:
            conf: section -> option -> value or list of them, or a Literal. None removes an option and is not a mistake.
        """
        findings: list[OptionFinding] = []
        for section, options in conf.items():
            given = {option: value for option, value in (options or {}).items() if value is not None}
            known = self._section(str(section), given) if given else {}
            if known is None:
                findings.append(self._unknown_section(str(section)))
                continue
            for option, value in given.items():
                findings += self._judged(str(section), str(option), value, known)
        return findings

    def _section(self, section: str, given: Collection[str]) -> KnownOptions | None:
        name = section if section == "DEFAULT" else section.lower()
        if name in self.sections:
            return self.sections[name]
        for beginning, options in self.families.items():
            if name.startswith(beginning):
                return {option: {} for option in options}
        # The section may be any one that another section's auth_section names (keystoneauth1/loading/conf.py).
        if "auth_type" not in given:
            return None
        return dict({option: {} for option in self.auth}, **self._auth_options())

    def _auth_options(self) -> KnownOptions:
        return {name: about for options in self.plugins.values() for name, about in options.items()}

    def _judged(self, section: str, option: str, value: Any, known: KnownOptions) -> list[OptionFinding]:
        name, about = f"{section}.{option}", known.get(option)
        if about is None:
            return [
                OptionFinding(UNKNOWN, name, f"is not an option of nova {self.release}.", self._meant(option, known))
            ]
        if isinstance(about.get("renamed"), list):
            today = "[{}] {}".format(*about["renamed"])
            findings = [OptionFinding(OLD_NAME, name, f"is an old name in nova {self.release}.", f"Write {today}.")]
            about = self.about(section, option) or {}
        else:
            findings = []
        if "removal" in about:
            problem = f"will be removed from nova, as nova {self.release} says."
            findings.append(
                OptionFinding(LEAVING, name, problem, about["removal"] or "nova does not name a replacement.")
            )
        literal = isinstance(value, Literal)
        value = value.value if literal else value
        cure = self._wrong_value(section, value, about, literal or about.get("secret", False))
        return findings + ([OptionFinding(REFUSED, name, "has a value that nova refuses.", cure)] if cure else [])

    def _wrong_value(self, section: str, value: Any, about: Mapping[str, Any], literal: bool) -> str:
        """Fix for a value that nova would not read as intended, or ""."""
        cures = [_wrong_shape(value, about)]
        for item in value if isinstance(value, (list, tuple)) else [value]:
            cures.append(_unquoted(item, about) or self._wrong_text(section, item, about, literal))
        return next(filter(None, cures), "")

    def _wrong_text(self, section: str, item: Any, about: Mapping[str, Any], literal: bool) -> str:
        text = ini.native(item)
        if literal:
            return option_types.refused(text, about)
        names = list(references(text))
        if names:
            return self._unknown_reference(section, names) if self.detailed else ""
        return option_types.refused(ini.plain(text), about)

    def _unknown_reference(self, section: str, names: list[str]) -> str:
        """oslo.config looks for $name in the section and in DEFAULT (cfg.py, StrSubWrapper)."""
        for name in names:
            group, _dot, option = name.rpartition(".")
            if group == "DEFAULT":
                return f"Write ${{{option}}}: nova knows DEFAULT by no name in a reference."
            places = [group] if group else [section, "DEFAULT"]
            known = [self._section(place, {"auth_type": ""}) or {} for place in places]
            if not any("renamed" not in options.get(option, {"renamed": []}) for options in known):
                return f"It refers to ${name}, which is not an option. Write $$ for a dollar sign."
        return ""

    def _meant(self, option: str, known: KnownOptions) -> str:
        elsewhere = sorted(section for section, options in self.sections.items() if option in options)
        if elsewhere:
            return "It belongs into [{}].".format("] or [".join(elsewhere[:MOST_SECTIONS]))
        return _did_you_mean(option, known) or NO_IDEA

    def _unknown_section(self, section: str) -> OptionFinding:
        cure = _did_you_mean(section, self.sections) or NO_IDEA
        return OptionFinding(UNKNOWN, section, f"[{section}] is not a section of nova {self.release}.", cure)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.replace("-", "_"), names := list(known), n=1)
    # nova's names are in small letters, apart from DEFAULT.
    close = close or difflib.get_close_matches(name.lower().replace("-", "_"), names, n=1)
    return f"Did you mean {close[0]}?" if close else ""


def references(text: str) -> Iterator[str]:
    """Names of options whose values oslo.config substitutes in a text: $name, ${name}, ${group.name}."""
    for match in REFERENCE.finditer(text.replace("\\$", "$$")):
        name = match["named"] or match["braced"]
        if name:
            yield name


def not_unicode(value: Any) -> bool:
    """Whether a text has half of a surrogate pair, which no file in UTF-8 can have."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return True
    return False


def not_text(value: Any) -> str:
    """Fix for a value that YAML does not read as a text although it must be one, or ""."""
    for types, kind in NO_TEXTS:
        if isinstance(value, types):
            return f"Quote it: unquoted, YAML reads {kind}."
    return ""


def _wrong_shape(value: Any, about: Mapping[str, Any]) -> str:
    kind = about.get("type")
    if not kind:
        return ""
    several = isinstance(value, (list, tuple))
    if kind != "dict" and any(isinstance(item, Mapping) for item in (value if several else [value])):
        return "Write a text, not a dict."
    if not several or about.get("multi"):
        return ""
    if kind != "list":
        return "Write one value: nova reads only the last of several."
    plain = not about.get("item", {}).get("quotes")
    if plain and any(isinstance(item, str) and "," in item for item in value):
        return "Write one item for each part of the list: a comma ends an item for nova."
    return ""


def _unquoted(item: Any, about: Mapping[str, Any]) -> str:
    wanted = (about.get("item") or {}).get("type") if about.get("type") == "list" else about.get("type")
    return not_text(item) if item is None or wanted in TEXTS else ""
