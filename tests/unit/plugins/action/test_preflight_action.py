# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.action import preflight

SERVICES = [dict(name="vc-1", target="vc-1", container={}), dict(name="f-1", target="f-1", container={})]


@pytest.fixture
def run(task, task_vars, role, monkeypatch):
    """Run the action plugin on an inventory with one cluster. Returns what reaches the module."""
    options = dict(host_ip="vc", host_username="u", host_password="s3cr3t", cluster_name="c")
    task_vars["groups"]["vcenter"] = ["vc-1"]
    task_vars["hostvars"]["vc-1"] = dict(services_vcenter=options)

    def act(**args):
        made = task(preflight, **args)
        monkeypatch.setattr(made, "_execute_module", lambda name, args, task_vars: dict(name=name, args=args))
        return made.run(task_vars=task_vars)["args"]

    nova_conf = dict(templates=str(role / "templates"), identity_namespace="x")
    act.right = dict(services=SERVICES, nova_conf=nova_conf, timeout=3)
    return act


def test_targets_are_tried_as_their_nova_conf_has_them(run, task_vars):
    task_vars["hostvars"]["vc-1"]["services_nova_conf"] = dict(vmware=dict(cluster_name="other"))
    args = run(**run.right)
    assert set(args) == {"timeout", "vcenter"}
    (target,) = args["vcenter"]
    assert (target["target"], target["cluster"]) == ("vc-1", "other")


def test_authorities_travel_once(run, task_vars, tmp_path):
    (tmp_path / "ca.pem").write_text("a certificate")
    options = dict(task_vars["hostvars"]["vc-1"]["services_vcenter"], ca_file="/etc/nova/vc.pem")
    files = {"vc.pem": str(tmp_path / "ca.pem")}
    for name in ("vc-1", "vc-2"):
        task_vars["hostvars"][name] = dict(services_vcenter=dict(options, cluster_name=name), services_files=files)
    task_vars["groups"]["vcenter"] = ["vc-1", "vc-2"]
    args = run(**dict(run.right, services=[dict(name=name, target=name) for name in ("vc-1", "vc-2")]))
    ((name, text),) = args["authorities"].items()
    assert text == "a certificate"
    assert [(one["authority"], one["ca_file"], one["ca_in_image"]) for one in args["vcenter"]] == [
        (name, None, False)
    ] * 2


@pytest.mark.parametrize(
    "change",
    [
        dict(services_preflight=False),
        dict(services_vcenter=[1]),
        dict(services_vcenter={}),
        dict(services_nova_conf=1),
        dict(services_files={"ca.pem": "/no/such/ca.pem"}),
    ],
)
def test_a_target_that_cannot_or_must_not_be_tried_is_left_out(run, task_vars, change):
    task_vars["hostvars"]["vc-1"].update(change)
    assert run(**run.right) == dict(timeout=3)


def test_a_base_file_that_cannot_be_read_is_told_elsewhere(run):
    right = dict(run.right, nova_conf=dict(run.right["nova_conf"], base="/no/such/nova.conf"))
    assert run(**right) == dict(timeout=3)


def test_a_bus_and_its_login_are_one_trial_for_all_targets(run, task_vars):
    args = run(**run.right, lease=True)
    (bus,) = args["bus"]
    assert (bus["targets"], bus["service"]) == (["vc-1", "f-1"], "vc-1")
    assert bus["hosts"] == [dict(address="bus", port=5672, username="nova", password="s3cr3t")]
    assert "lease" not in args
    task_vars["hostvars"]["f-1"]["services_transport_url"] = "rabbit://other:s3cr3t@bus/"
    assert [one["targets"] for one in run(**run.right, lease=True)["bus"]] == [["vc-1"], ["f-1"]]


@pytest.mark.parametrize("lease", [False, "no", None])
def test_without_leases_no_bus_is_tried(run, lease):
    assert "bus" not in run(**run.right, **({} if lease is None else dict(lease=lease)))


def test_lease_is_true_or_false(run):
    with pytest.raises(AnsibleActionFail, match="lease"):
        run(**run.right, lease="perhaps")


def test_a_hypervisor_that_is_left_out_does_not_leave_its_bus_out(run, task_vars):
    task_vars["hostvars"]["vc-1"]["services_preflight"] = False
    args = run(**run.right, lease=True)
    assert "vcenter" not in args
    assert args["bus"][0]["targets"] == ["vc-1", "f-1"]


def test_the_bus_that_nova_conf_names_counts(run, task_vars):
    task_vars["hostvars"]["vc-1"]["services_nova_conf"] = dict(DEFAULT=dict(transport_url="rabbit://u:s3cr3t@own/v"))
    first, _second = run(**run.right, lease=True)["bus"]
    assert (first["hosts"][0]["address"], first["virtual_host"], first["targets"]) == ("own", "v", ["vc-1"])


def test_authorities_of_buses_travel_by_name_and_keys_in_their_own_option(run, task_vars, tmp_path):
    files = {name: str(tmp_path / name) for name in ("ca.pem", "c.pem", "c.key")}
    for name in files:
        (tmp_path / name).write_text(f"text of {name}")
    options = {f"ssl_{what}_file": f"/etc/nova/{name}" for what, name in zip(("ca", "cert", "key"), files)}
    task_vars["services_nova_conf"] = dict(oslo_messaging_rabbit=dict(options, ssl=True))
    task_vars["services_files"] = files
    args = run(**run.right, lease=True)
    (bus,) = args["bus"]
    assert args["authorities"] == {bus["authority"]: "text of ca.pem"}
    assert (bus["certificate"], bus["private_key"]) == ("text of c.pem", "text of c.key")


def test_services_need_to_be_rendered(run):
    with pytest.raises(AnsibleActionFail, match="nova_conf"):
        run(services=SERVICES)


def test_without_services_it_is_the_module_alone(run):
    assert run(endpoints=[1]) == dict(endpoints=[1])


def test_targets_may_be_in_another_group(run, task_vars):
    task_vars["groups"] = {"clusters": ["vc-1"], "vcenter": ["appliance-1"], "fake": ["f-1"]}
    nova_conf = dict(run.right["nova_conf"], groups={"vcenter": "clusters"})
    assert [one["target"] for one in run(**dict(run.right, nova_conf=nova_conf))["vcenter"]] == ["vc-1"]
