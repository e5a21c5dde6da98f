# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role services ships: its templates and argument specs."""

from __future__ import annotations

from pathlib import Path

import ansible_collections.novafleet.compute.plugins.plugin_utils as here
import pytest
import yaml

ROLE = Path(next(iter(here.__path__))).parent.parent / "roles" / "services"


@pytest.fixture(scope="session")
def templates():
    return str(ROLE / "templates")


@pytest.fixture(scope="session")
def specs():
    """Variable -> argument spec, of all entry points of the role."""
    entries = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"].values()
    return {name: spec for entry in entries for name, spec in entry["options"].items()}
