# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service is retired only when nothing ties it, from wherever an earlier run has left it, and then wholly."""

from __future__ import annotations

import contextlib
import json
import subprocess
import uuid
from pathlib import Path

import pytest
from helper import compute_nodes, computes, docker, ids, nova_instance


@pytest.fixture(scope="module")
def extra(inventory_dir, services, cloud, play):
    """Two more services, out of the inventory again; what the tests leave of them is removed afterwards."""
    kind = services[0].rpartition("-")[0]
    names = [f"{kind}-{number:03d}" for number in (4, 5)]
    path = inventory_dir / "two_more.yml"
    targets = {name: {} for name in names}
    group = {"fake": "fake", "cluster": "vcenter"}[kind]
    path.write_text(json.dumps({"all": {"children": {group: {"hosts": targets}}}}))
    play("--inventory", str(path), "novafleet.compute.deploy", "--tags", "services")
    path.unlink()
    yield names
    for name in names:
        with contextlib.suppress(subprocess.CalledProcessError):
            docker("rm", "--force", f"nova-compute-{name}")
        if name in computes(cloud):
            cloud.compute.delete_service(computes(cloud)[name])


@pytest.fixture(scope="module")
def retire(extra, play):
    def run(*arguments, check=True):
        # What is dead here is known to be dead: there is no need to listen for long.
        variables = json.dumps({"services_retire": extra, "services_heartbeat_watch": 3})
        return play("novafleet.compute.retire", "--extra-vars", variables, *arguments, check=check)

    return run


@pytest.fixture
def instance(extra):
    """An instance of another project on the first of the two, whose resize from the second waits to be confirmed."""
    ident = str(uuid.uuid4())
    nova_instance("create", ident, "web-1", *extra)
    yield ident
    nova_instance("delete", ident)


def state(cloud):
    """All that a retirement may change, as nova, placement and Docker tell it."""
    records = {name: (record.id, record.status) for name, record in computes(cloud).items()}
    providers = {one.id for one in cloud.placement.resource_providers()}
    return records, {name: node.id for name, node in compute_nodes(cloud).items()}, providers, ids()


def test_an_instance_refuses_all_and_is_named(cloud, extra, retire, play, instance):
    before = state(cloud)
    done = retire(check=False)
    assert done.returncode != 0
    assert f"{extra[0]}: instance web-1 ({instance}) is on it" in done.stdout
    assert f"{extra[1]}: migration web-1 ({instance}) has a resize that is finished" in done.stdout
    assert "changed=0" in done.stdout
    # The same holds for the whole fleet. In check mode, in case it is not refused.
    done = play("novafleet.compute.remove", "--check", "-e", "services_remove_confirm=quickstart", check=False)
    assert done.returncode != 0
    assert f"nova has 1 instances on these services, web-1 ({instance})" in done.stdout
    assert state(cloud) == before


def test_check_mode_tells_the_steps_and_changes_nothing(cloud, retire):
    before = state(cloud)
    done = retire("--check")
    assert [word for word in ("disable", "remove", "delete") if f'"{word}"' not in done.stdout] == []
    assert state(cloud) == before


def test_what_was_begun_is_finished_and_nothing_is_left(cloud, services, extra, retire):
    """The second has been disabled, and its container removed, as if a run had been interrupted there."""
    nodes = {compute_nodes(cloud)[name].id for name in extra}
    others = ids().keys() - {f"nova-compute-{name}" for name in extra}
    cloud.compute.disable_service(computes(cloud)[extra[1]].id, disabled_reason="retired by novafleet.compute")
    docker("rm", "--force", f"nova-compute-{extra[1]}")
    retire()
    assert sorted(computes(cloud)) == sorted(compute_nodes(cloud)) == services
    assert not nodes & {one.id for one in cloud.placement.resource_providers()}
    assert ids().keys() == others
    assert not [name for name in extra if Path("/etc/novafleet", name).exists()]


def test_a_second_time_changes_nothing(retire):
    assert "changed=0" in retire().stdout
