# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hypothesis without a time limit an example, as the machine that runs the tests may be busy; doubles that all use."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("novafleet", deadline=None, database=None)
settings.load_profile("novafleet")


class HostVars(dict):
    """What Ansible's HostVars answers, for variables that hold no template."""

    def raw_get(self, host):
        # Ansible makes up a localhost that the inventory does not have.
        return {} if host == "localhost" and host not in self else self[host]


@pytest.fixture
def host_vars():
    return HostVars
