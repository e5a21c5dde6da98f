# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._nova import services, wait


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(services, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(wait, "POLL_SECONDS", 0.001)
