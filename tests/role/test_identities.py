# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One compute node for each hypervisor: stable uuids, and renamed targets."""

from __future__ import annotations

import pytest

UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
VCENTER = dict(host_ip="127.0.0.1", host_username="nova", host_password="secret", cluster_name="c1", insecure=True)


def compute_id(site, service, host="d1"):
    return (site.config(host) / service / "compute_id").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("state", ["running", "exited"])
def test_an_adopted_service_keeps_its_uuid_where_nova_is_not_asked(site, state):
    site.cloud.record("t1", ago=600, node=UUID)
    site.deploy()
    assert compute_id(site, "t1") == UUID
    site.engine().of("t1").state = state
    site.targets["t1"]["services_nova_conf"] = dict(DEFAULT=dict(debug=True))
    before = len(site.engine().changes)
    site.deploy(services_verify=False)
    assert compute_id(site, "t1") == UUID
    done = "restart" if state == "running" else "start"
    assert site.engine().changes[before:] == [(done, site.engine().of("t1").name)]


def test_a_uuid_on_one_docker_host_is_not_given_up_on_another(pair):
    pair.cloud.record("t1", ago=600, node=UUID)
    pair.targets["t1"]["services_docker_host"] = "d1"
    pair.deploy()
    before = list(pair.engine("d2").changes)
    pair.targets["t1"]["services_docker_host"] = "d2"
    run = pair.run(services_verify=False, services_move="pinned")
    run.assert_refused(f"t1: services_verify: its compute node is {UUID} on d1, and would be .* on d2")
    assert pair.engine("d2").changes == before


def test_a_service_host_that_changed_is_refused(deployed):
    before = list(deployed.engine().changes)
    deployed.targets["t1"]["services_host"] = "another"
    run = deployed.run()
    run.assert_refused("t1: services_host: its hypervisor is that of the service t1, whose container is on d1.*retire")
    assert deployed.engine().changes == before
    deployed.targets["t1"]["services_host"] = "t1"
    deployed.deploy()
    assert deployed.engine().changes == before


@pytest.mark.parametrize("prune", [False, True])
def test_a_target_that_was_renamed_is_refused(make_site, prune):
    site = make_site(targets=("t1",))
    vcenter = dict(services_vcenter=VCENTER, services_preflight=False)
    site.groups["vcenter"] = dict(hosts={"vc-old": vcenter})
    site.deploy()
    before = list(site.engine().changes)
    site.groups["vcenter"] = dict(hosts={"vc-new": vcenter})
    run = site.run(services_prune=prune)
    run.assert_refused("vc-new: services_host: its hypervisor is that of the service vc-old, whose container is on d1")
    assert VCENTER["host_password"] not in run.message
    assert site.engine().changes == before
    # With its earlier service host it is the same service. Another cluster is another service.
    site.groups["vcenter"] = dict(hosts={"vc-new": dict(vcenter, services_host="vc-old")})
    site.deploy()
    assert site.places() == {"t1": "d1", "vc-old": "d1"}


def test_an_adopted_uuid_survives_a_deletion_from_nova(site):
    """Its file lies on the Docker host, and nova-compute refuses to start with another one."""
    site.cloud.record("t1", ago=600, node=UUID)
    site.deploy()
    site.engine().of("t1").state = "exited"
    del site.cloud.records["t1"]
    site.deploy()
    assert compute_id(site, "t1") == UUID == site.cloud.records["t1"].node


def test_a_new_service_is_refused_while_the_hypervisor_of_another_is_not_known(make_site):
    site = make_site(targets=("t1",))
    vcenter = dict(services_vcenter=VCENTER, services_preflight=False)
    site.groups["vcenter"] = dict(hosts={"vc-old": vcenter})
    site.deploy()
    before = list(site.engine().changes)
    (site.config() / "vc-old" / "nova.conf").unlink()
    site.groups["vcenter"] = dict(hosts={"vc-new": vcenter})
    site.run().assert_refused("vc-new: services_host: its hypervisor may be that of the service vc-old")
    assert site.engine().changes == before


def test_two_names_of_one_docker_host_are_refused(pair):
    """What is on the one would be removed as superfluous on the other."""
    pair.hosts["d2"].update(pair.hosts["d1"])
    pair.deploy()
    before = list(pair.engine().changes)
    pair.run().assert_refused("d2: nova_compute_hosts: has the same engine as d1")
    assert pair.engine().changes == before
    assert sorted(pair.places()) == ["t1", "t2", "t3", "t4"]
