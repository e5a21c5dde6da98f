# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova's XenAPI driver lives with what XenServers do, and the pre-flight tells what it would not live with."""

from __future__ import annotations

import json

import pytest
from helper import another_heartbeat, compute_nodes, docker, eventually, ids, inspect, log_of
from xenservers import MISSING, OLD_VERSION, address, set_faults

ALONE, MASTER, SLAVE = (address(number) for number in (1, 2, 3))


@pytest.fixture
def faults():
    """A function that sets what is wrong at which address."""
    yield set_faults
    set_faults({})


def notes(address):
    """What a simulated XenServer has noted, oldest first."""
    lines = [line.split(maxsplit=2) for line in docker("logs", "sandbox-xenserver").splitlines()]
    return [note for _name, its_address, note in lines if its_address == address]


def test_every_node_is_named_by_its_own_xenserver(cloud, services):
    """Also that of a slave, although nova asks its master about it."""
    nodes = {host: node.name for host, node in compute_nodes(cloud).items()}
    assert nodes == {name: name.replace("xs", "xenserver") for name in services}
    assert "session.login_with_password fails: HOST_IS_SLAVE" in notes(SLAVE)


def test_sessions_end_and_are_replaced():
    def done():
        before = notes(ALONE)
        ended = [index for index, note in enumerate(before) if note.endswith("SESSION_INVALID")]
        return ended and "login by nova" in before[ended[0] :]

    assert eventually(done)


def test_a_xenserver_that_restarts_is_served_again(cloud, services, faults):
    name = services[0]
    before = inspect(f"nova-compute-{name}")[0]
    told = len(log_of(name))
    faults({ALONE: {"stopped": True}})
    assert eventually(lambda: "Error updating resources for node" in log_of(name)[told:])
    seen = len(notes(ALONE))
    faults({})
    assert eventually(lambda: "login by nova" in notes(ALONE)[seen:])
    assert notes(ALONE)[seen - 1 : seen + 1] == ["stopped", "listens"]
    assert another_heartbeat(cloud, name)
    after = inspect(f"nova-compute-{name}")[0]
    assert (after["Id"], after["State"]["StartedAt"]) == (before["Id"], before["State"]["StartedAt"])


def test_preflight_tells_what_nova_would_end_for(inventory_dir, services, play, faults):
    before = ids()
    alone = {"fail": {"host.call_plugin xenhost.py": MISSING}, "answer": {"pool.get_default_SR": "OpaqueRef:NULL"}}
    faults({ALONE: alone, MASTER: {"answer": {"host.call_plugin dom0_plugin_version.py": OLD_VERSION}}})
    path = inventory_dir / "mistakes.yml"
    wrong = {services[2]: {"services_xenserver_zz": {"connection_password": "NEVERSHOWN"}}}
    path.write_text(json.dumps({"all": {"children": {"xenserver": {"hosts": wrong}}}}))
    done = play("--inventory", str(path), "novafleet.compute.deploy", "--tags", "services", check=False)
    path.unlink()
    assert done.returncode != 0
    for name, words in (
        (services[0], "services_xenserver: xenhost.py: missing in its dom0 (XENAPI_MISSING_PLUGIN)."),
        (services[0], "services_xenserver.sr_matching_filter: selects no storage repository"),
        (services[1], "services_xenserver: the plugins in its dom0 are of version 1.8; nova needs 2.1"),
        (services[2], f"is a slave (HOST_IS_SLAVE) of the master {MASTER}, which refuses the login"),
    ):
        assert [line for line in done.stdout.splitlines() if name in line and words in line], (name, words)
    assert "NEVERSHOWN" not in done.stdout
    assert ids() == before
