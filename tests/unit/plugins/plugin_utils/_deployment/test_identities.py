# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import identities
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS

UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
OTHER = "9a0c04e0-4f89-11d3-9a0c-0305e82c3301"


def shell(command):
    return subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=True).stdout


def target(name, service=None, hypervisor="", driver="vcenter"):
    return dict(target=name, service=service or name, hypervisor=hypervisor, driver=driver)


def test_the_uuid_that_is_known_comes_before_the_derived_one():
    driver = DRIVERS["vcenter"]
    derived = identities.compute_id("a", driver, {}, "cloud", [])
    assert identities.compute_id("a", driver, dict(a=UUID), "cloud", ["34.0.0"]) == UUID != derived
    assert identities.compute_id("a", driver, dict(a=UUID), "cloud", ["34.0.0", "21.0.0"]) is None


def test_a_service_of_many_nodes_has_no_uuid_of_its_own():
    many = replace(DRIVERS["vcenter"], many_nodes=True)
    assert identities.compute_id("a", many, dict(a=UUID), "cloud", ["34.0.0"]) is None


def test_uuids_are_read_from_the_services_directories(tmp_path):
    for name, text in (("a", UUID + "\n"), ("b c", OTHER), ("broken", "no uuid"), ("without", None)):
        (tmp_path / name).mkdir()
        if text:
            (tmp_path / name / "compute_id").write_text(text, encoding="utf-8")
    assert identities.read_compute_ids(shell(identities.show_compute_ids(str(tmp_path)))) == {"a": UUID, "b c": OTHER}


@pytest.mark.parametrize("name", ["empty", "not there"])
def test_a_directory_without_services_has_no_uuids(tmp_path, name):
    (tmp_path / "empty").mkdir()
    assert identities.read_compute_ids(shell(identities.show_compute_ids(str(tmp_path / name)))) == {}


def test_hypervisors_of_containers_are_read_from_their_nova_conf(tmp_path):
    conf = "[vmware]\nhost_ip = VC1.example.com\ncluster_name = c 1\nhost_password = s3cr3t\n"
    for name, text in (("old", conf), ("broken", "host = x\n[")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "nova.conf").write_text(text, encoding="utf-8")
    drivers = dict(old="vcenter", broken="vcenter", gone="vcenter", kvm="libvirt", unknown="")
    shown = shell(identities.show_nova_confs(str(tmp_path), drivers))
    assert identities.read_hypervisors(shown, drivers, "d1") == dict(
        old="vc1.example.com/443/c 1", broken=None, gone=None, kvm="d1"
    )
    assert "s3cr3t" not in shown


def test_a_directory_with_spaces_is_read(tmp_path):
    directory = tmp_path / "a 'b"
    (directory / "xs").mkdir(parents=True)
    (directory / "xs" / "nova.conf").write_text("[xenserver]\nconnection_url = https://xs-1\n", encoding="utf-8")
    shown = shell(identities.show_nova_confs(str(directory), ["xs"]))
    assert identities.read_hypervisors(shown, dict(xs="xenserver"), "d1")["xs"]


def test_what_breaks_off_is_not_read():
    text = "novafleet-file:/etc/novafleet/xs/nova.conf\n[xenserver]\nconnection_url = https://xs-1"
    assert identities.read_hypervisors(text, dict(xs="xenserver"), "d1") == dict(xs=None)
    assert identities.read_hypervisors(text, dict(xs="fake"), "d1") == dict(xs="")


def test_only_containers_without_a_target_are_looked_at():
    named = dict(target="t", driver="fake")
    answer = dict(services=[dict(named, name="a"), dict(named, name="b"), dict(name="c", target="", driver="")])
    assert identities.unwanted_containers(answer, ["a"]) == [
        dict(service="b", target="t", driver="fake"),
        dict(service="c", target="", driver=""),
    ]


def test_a_target_whose_hypervisor_has_a_service_already_is_refused():
    old = dict(service="old", target="t-old", driver="vcenter", hypervisor="vc/443/c")
    targets = [target("new", hypervisor="vc/443/c"), target("other", hypervisor="vc/443/d"), target("f", driver="fake")]
    (problem,) = identities.renamed_problems(targets, dict(d2=[old]))
    assert problem.startswith(
        "new: services_host: its hypervisor is that of the service old, whose container is on d2."
    )
    assert "Set services_host to old, or retire" in problem


def test_a_target_whose_service_host_changed_is_refused_whatever_its_driver():
    old = dict(service="old", target="f", driver="fake", hypervisor="")
    (problem,) = identities.renamed_problems(
        [target("f", "new", driver="fake"), target("g", driver="fake")], dict(d1=[old])
    )
    assert problem.startswith("f: services_host: ")


def test_a_new_service_is_refused_while_the_hypervisor_of_another_is_not_known():
    old = dict(service="old", target="t-old", driver="vcenter", hypervisor=None)
    new, kvm = target("new", hypervisor="vc/443/c"), target("kvm", hypervisor="d1", driver="libvirt")
    (problem,) = identities.renamed_problems([new, kvm], dict(d2=[old]), ["old"])
    assert problem.startswith("new: services_host: its hypervisor may be that of the service old")
    # What runs already stays as it is.
    assert identities.renamed_problems([new, kvm], dict(d2=[old]), ["old", "new"]) == []


def test_hypervisors_of_two_drivers_are_not_the_same():
    old = dict(service="old", target="x", driver="libvirt", hypervisor="d1")
    assert identities.renamed_problems([target("t", hypervisor="d1")], dict(d1=[old])) == []


def test_another_uuid_than_one_that_lies_on_a_docker_host_is_refused():
    plans = dict(
        d1=dict(nova_conf={}, compute_ids_found=dict(a=UUID, b=UUID)),
        d2=dict(nova_conf=dict(compute_ids=dict(a=OTHER, b=UUID, c=OTHER)), compute_ids_found={}),
    )
    (problem,) = identities.identity_conflicts(plans)
    assert problem.startswith(f"a: services_verify: its compute node is {UUID} on d1, and would be {OTHER} on d2.")
