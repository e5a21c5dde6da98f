# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hypothesis without a time limit for an example, as the machine may be busy, and doubles for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("novafleet", deadline=None, database=None)
settings.load_profile("novafleet")


class HostVars(dict):
    """Answers as Ansible's HostVars does, for variables without templates."""

    def raw_get(self, host):
        # Ansible has an implicit localhost that is not in the inventory.
        return {} if host == "localhost" and host not in self else self[host]


@pytest.fixture
def host_vars():
    return HostVars
