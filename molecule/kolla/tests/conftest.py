# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "shared/tests"))

from kolla_host import KollaHost
from scenario import cloud, containers, inventory_dir, play, services  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def kolla(services):  # noqa: F811
    """kolla-ansible's part of this machine; nothing of it stays."""
    host = KollaHost(like=services[-1])
    try:
        host.start()
        yield host
    finally:
        host.end()
