# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The templates and argument specs of role services."""

from __future__ import annotations

import copy
from pathlib import Path

import ansible_collections.novafleet.compute.plugins.plugin_utils as here
import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import check as check_targets
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings
from right_inventory import GROUPS, HOSTS, SECRET, SHARED, read

ROLE = Path(next(iter(here.__path__))).parent.parent / "roles" / "services"


@pytest.fixture(scope="session")
def templates():
    return str(ROLE / "templates")


@pytest.fixture(scope="session")
def specs():
    """Variable -> argument spec, of all entry points of the role."""
    entries = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"].values()
    return {name: spec for entry in entries for name, spec in entry["options"].items()}


@pytest.fixture
def check(templates, specs):
    """Check the right inventory after changes: (host or "shared" or "groups", path of keys, value); ... removes."""

    def run(*changes, base="", lists=(), names=None):
        inventory = copy.deepcopy(dict(HOSTS, shared=SHARED, groups=GROUPS))
        for where, *path, value in changes:
            place = inventory.setdefault(where, {})
            for key in path[:-1]:
                place = place.setdefault(key, {})
            if value is ...:
                del place[path[-1]]
            else:
                place[path[-1]] = value

        def settings_of(host):
            return Settings(inventory.get(host, {}), inventory["shared"])

        renderer = Renderer(templates, base, read, kinds=OptionKinds(lists))
        targets = Inventory(inventory["groups"], settings_of, names or {})
        found = check_targets(targets, Known(specs, renderer, lists))
        assert SECRET not in "\n".join(map(str, found.problems))
        return found

    return run
