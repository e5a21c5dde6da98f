# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypervisors import bootable_image
from scenario import cloud, containers, hypervisors, inventory_dir, play, secrets, services  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def image(cloud, hypervisors, tmp_path_factory):  # noqa: F811
    """An image in glance that the hypervisors of the scenario can boot."""
    with bootable_image(cloud, hypervisors, tmp_path_factory.mktemp("image") / "disk") as made:
        yield made


def pytest_configure(config):
    config.addinivalue_line("markers", "once: asks nova and Docker, whatever the driver; one scenario is enough")
