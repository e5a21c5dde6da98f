# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documented default of an option is the role's default."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).parents[3] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if (path / "meta" / "argument_specs.yml").is_file())


def spec_options(role: str) -> dict[str, dict]:
    """Options of all entry points of a role, name -> spec."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {name: option for entry in specs.values() for name, option in entry.get("options", {}).items()}


def role_defaults(role: str) -> dict[str, object]:
    """The role's default variables, name -> value. The old name of a role has none."""
    path = ROLES / role / "defaults" / "main.yml"
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def templated(value: object) -> bool:
    """Whether a value has a template."""
    return "{{" in str(value) or "{%" in str(value)


def test_roles_are_found():
    assert len(NAMES) >= 5


@pytest.mark.parametrize("role", NAMES)
def test_no_default_of_a_spec_is_a_template(role):
    """The documentation's builder compares a default with the option's type.

    If it differs, the role's page has an error.
    """
    assert not [name for name, option in spec_options(role).items() if templated(option.get("default"))]


@pytest.mark.parametrize("role", NAMES)
def test_a_spec_has_the_default_that_the_role_sets(role):
    defaults, options = role_defaults(role), spec_options(role)
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    # A variable that the role does not set counts as empty.
    assert documented == {name: defaults.get(name, type(value)()) for name, value in documented.items()}


@pytest.mark.parametrize("role", NAMES)
def test_a_computed_default_is_described(role):
    defaults, options = role_defaults(role), spec_options(role)
    computed = [name for name, value in defaults.items() if name in options and templated(value)]
    silent = [name for name in computed if "default" not in str(options[name]["description"]).lower()]
    assert not silent
