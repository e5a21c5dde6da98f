# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each variable of a role that a page names is an option of that role."""

from __future__ import annotations

import re

import guides
import pytest
import yaml

ROLES = sorted(path.parents[1].name for path in guides.TOP.glob("roles/*/meta/argument_specs.yml"))
# Variables of the role image are old names.
NAMES = re.compile(rf"(?<![\w.-])(?:{'|'.join(name for name in ROLES if name != 'image')})_\w*[a-z]\b(?!\()")
# What roles set for a play, and describe in a guide.
FACTS = {"services_status"}
PAGES = [*guides.pages(), *(f"roles/{role}/README.md" for role in ROLES)]


def options() -> dict[str, dict]:
    """Options of all roles and entry points, name -> spec."""
    specs = [yaml.safe_load((guides.TOP / "roles" / role / "meta/argument_specs.yml").read_text()) for role in ROLES]
    entries = [entry for spec in specs for entry in spec["argument_specs"].values()]
    return {name: option for entry in entries for name, option in entry.get("options", {}).items()}


OPTIONS = options()
# Role services merges each variable that begins with the name of one of these into it.
MERGED = tuple(f"{name}_" for name, option in OPTIONS.items() if option.get("type") == "dict")


@pytest.mark.parametrize("page", PAGES)
def test_variables_are_options(page):
    text = (guides.TOP / page).read_text(encoding="utf-8")
    unknown = [name for name in NAMES.findall(text) if name not in OPTIONS and not name.startswith(MERGED)]
    assert set(unknown) <= FACTS
