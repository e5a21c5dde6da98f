# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugins as Ansible runs them. Module calls are recorded instead of sent to the Docker host."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import ansible_collections.novafleet.compute.plugins.plugin_utils as here
import pytest
from ansible.parsing.dataloader import DataLoader

SECRET = "s3cr3t"


@pytest.fixture
def role():
    return Path(next(iter(here.__path__))).parent.parent / "roles" / "services"


@pytest.fixture
def task_vars(host_vars):
    """Two targets of the fake driver, and the role's variables for both."""
    names = ["f-1", "f-2"]
    return dict(
        inventory_hostname="docker1",
        groups={"nova_compute_hosts": ["docker1"], "fake": names},
        hostvars=host_vars((name, {}) for name in names),
        services_transport_url=f"rabbit://nova:{SECRET}@bus/",
        services_placement=dict(auth_type="password", auth_url="http://keystone/v3", password=SECRET),
    )


@pytest.fixture
def task():
    """Makes an action plugin for a task with some arguments."""

    def make(plugin, **args):
        shell = SimpleNamespace(tmpdir=None, join_path=lambda *parts: "/".join(parts))
        return plugin.ActionModule(
            task=SimpleNamespace(args=args, async_val=0, check_mode=False, diff=False, action="x", collections=[]),
            connection=SimpleNamespace(_shell=shell, become=None),
            play_context=SimpleNamespace(),
            loader=DataLoader(),
            templar=SimpleNamespace(template=lambda raw: raw),
            shared_loader_obj=None,
        )

    return make
