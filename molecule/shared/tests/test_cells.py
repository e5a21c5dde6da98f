# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cell that nova cannot reach: its list of instances leaves out what is there, and nobody takes that for gone."""

from __future__ import annotations

import json

import keystoneauth1.exceptions
import openstack.exceptions
import pytest
from helper import computes, docker, eventually, identities, inspect, nova_manage

# Whatever the driver is.
pytestmark = pytest.mark.once

# These learn where a cell's database is when they first look into it, and never again.
# Source: CELL_CACHE of nova/context.py. The scheduler looks at any time, as a nova-compute reports its instances.
LEARN_CELLS_ONCE = ("sandbox-nova-api", "sandbox-nova-scheduler")


def cell_of_computes():
    """Uuid, transport URL and database of the only cell that has computes."""
    lines = nova_manage("cell_v2", "list_cells", "--verbose").splitlines()
    rows = [[word.strip() for word in line.split("|")] for line in lines if line.startswith("|")]
    (found,) = [row[2:5] for row in rows if row[1] not in ("Name", "cell0")]
    return found


def connect(cloud, uuid, transport, database, status):
    """Let nova look for a cell's database somewhere; wait until services show so."""
    options = ("--cell_uuid", uuid, "--transport-url", transport, "--database_connection", database)
    nova_manage("cell_v2", "update_cell", *options)
    docker("restart", *LEARN_CELLS_ONCE)

    def shown():
        try:
            return {record.status for record in computes(cloud).values()} == {status}
        except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException):
            return False

    assert eventually(shown)


def containers(services):
    """Service host to its container and the start of its process."""
    return {
        name: (one["Id"], one["State"]["StartedAt"]) for name in services for one in inspect(f"nova-compute-{name}")
    }


@pytest.fixture(scope="module")
def before(cloud, services):
    return identities(cloud, services), containers(services)


@pytest.fixture(scope="class")
def _cell_down(cloud, before):
    uuid, transport, database = cell_of_computes()
    try:
        connect(cloud, uuid, transport, database.replace("/nova?", "/nowhere?"), "UNKNOWN")
        yield
    finally:
        connect(cloud, uuid, transport, database, "enabled")


@pytest.mark.usefixtures("_cell_down")
class TestWhileTheCellIsDown:
    @pytest.mark.parametrize("playbook", ["retire", "remove", "deploy"])
    def test_nothing_is_changed(self, services, play, before, playbook):
        variables = json.dumps({"services_retire": services[:1], "services_remove_confirm": "quickstart"})
        done = play(f"novafleet.compute.{playbook}", "--extra-vars", variables, check=False)
        assert done.returncode != 0
        assert f"nova cannot reach the cell of {services[0]}" in done.stdout
        assert "changed=0" in done.stdout
        assert containers(services) == before[1]

    def test_status_says_so(self, services, play, tmp_path):
        path = tmp_path / "status.json"
        play("novafleet.compute.status", "--extra-vars", f"services_status_json={path}")
        found = json.loads(path.read_text(encoding="utf-8"))
        assert f"nova cannot reach the cell of {services[0]}" in "".join(found["problems"])
        assert [one["kind"] for row in found["services"] for one in row["disagreements"]] == []


def test_all_is_as_it_was_once_the_cell_is_back(cloud, services, play, before):
    assert "changed=0" in play("novafleet.compute.deploy", "--tags", "services").stdout
    assert (identities(cloud, services), containers(services)) == before
