# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker host gets pyVmomi if the inventory has vCenter clusters, also in a group of another name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

DEFAULTS = Path(__file__).parents[4] / "roles/docker_host/defaults/main.yml"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (dict(groups=dict(vcenter=["cluster-1"])), True),
        (dict(groups=dict(fake=["a"])), False),
        (dict(groups=dict(clusters=["cluster-1"]), services_groups=dict(vcenter="clusters")), True),
        # The group vcenter then holds the appliances themselves.
        (dict(groups=dict(vcenter=["vc-1"], clusters=[]), services_groups=dict(vcenter="clusters")), False),
        (dict(groups=dict(vcenter=["cluster-1"]), services_groups=dict(xenserver="hosts")), True),
    ],
)
def test_the_default_follows_the_inventory(variables: dict, expected: bool):
    template = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))["docker_host_pyvmomi"]
    assert Templar(DataLoader(), variables=variables).template(trust_as_template(template)) is expected
