# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of inventories as a page of docs/ has them, with their templates resolved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

# ```yaml, and the name of the recipe in the first line.
BLOCK = re.compile(r"```yaml\n *# (?P<name>[a-z-]+): group_vars/all\.yml\n(?P<text>.*?)```", re.DOTALL)


def read(page: Path) -> dict[str, dict[str, Any]]:
    """The recipes of a page: name -> variables, not resolved."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return {match["name"]: yaml.safe_load(_dedented(match["text"])) for match in found}


def resolved(recipe: dict[str, Any], **known: Any) -> dict[str, Any]:
    """A recipe's variables as Ansible would resolve them, with variables that it reads from elsewhere."""
    environment = NativeEnvironment(undefined=StrictUndefined)
    environment.filters["combine"] = lambda first, *others: {k: v for one in (first, *others) for k, v in one.items()}
    variables: dict[str, Any] = dict(known)

    def resolve(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: resolve(one) for key, one in value.items()}
        if isinstance(value, list):
            return [resolve(one) for one in value]
        return environment.from_string(value).render(variables) if isinstance(value, str) and "{{" in value else value

    for name, value in recipe.items():
        variables[name] = resolve(value)
    return {name: variables[name] for name in recipe}


def _dedented(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return "\n".join(line[indent:] for line in text.splitlines())
