# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[2] / "shared/tests"), str(Path(__file__).parents[3] / "tests/integration")]

from helper import computes
from lease_watch import LeaseWatch
from scenario import cloud, inventory_dir, play  # noqa: F401 (fixtures)
from site_of_leases import FILES, IMAGE, ROUNDS, Site

# It only measures, which means nothing on a busy machine.
MEASURES = "test_interruption.py"
SERVICES = ["leased-001", "leased-002", "leased-003"]


def pytest_collection_modifyitems(items):
    """Without rounds, what only measures is left out. Molecule names each file, so collect_ignore would not do."""
    if ROUNDS == 1:
        items[:] = [item for item in items if item.path.name != MEASURES]


@pytest.fixture(scope="session")
def services():
    return SERVICES


@pytest.fixture(scope="session")
def site(inventory_dir, tmp_path_factory, cloud):  # noqa: F811
    """Two Docker hosts, each service active on one and waiting on the other."""
    made = Site(tmp_path_factory.mktemp("leased"), inventory_dir / "../cloud.json")
    try:
        for host in made.hosts.values():
            host.start(IMAGE)
        made.describe(SERVICES)
        made.deploy()
        yield made
    finally:
        made.close()
        shutil.rmtree(FILES, ignore_errors=True)
        for name, record in computes(cloud).items():
            if name.startswith("leased-"):
                cloud.compute.delete_service(record)


@pytest.fixture
def watch(site):
    """Fails a test during which one of the lease's promises was broken."""
    watching = LeaseWatch(site.cloud["transport_url"], SERVICES)
    yield watching
    watching.stop()
    assert watching.violations == []
    assert watching.samples > 0 < watching.answers


@pytest.fixture
def settled(site, services):
    return {service: site.settled(service) for service in services}
