# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recipes of docs/kolla-ansible.md, deployed: without a base file, and with kolla's image."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from helper import computes, docker, ids, log_of


def password_of(account):
    return yaml.safe_load(Path("/etc/kolla/passwords.yml").read_text(encoding="utf-8"))[f"{account}_keystone_password"]


def test_without_a_base_file(cloud, recipe, deploy_one, inventory_dir, changes):
    bus = json.loads((inventory_dir / "../cloud.json").read_text(encoding="utf-8"))["transport_url"]
    variables = recipe["passwords"]
    variables["kolla_keystone_url"] = cloud.config.get_auth_args()["auth_url"].removesuffix("/v3")
    address, _colon, port = bus.rpartition("@")[2].strip("/").partition(":")
    variables["services_transport_url"] |= {"hosts": [address], "port": int(port)}
    before = ids()
    passwords = ("--extra-vars", "@/etc/kolla/passwords.yml", "--extra-vars", "services_base_nova_conf=")
    deploy_one("fake-006", variables, *passwords)
    assert computes(cloud)["fake-006"].state == "up"
    text = docker("exec", "nova-compute-fake-006", "cat", "/etc/nova/nova.conf")
    assert "instance_usage_audit_period" not in text and f"password = {password_of('placement')}\n" in text
    assert {name: ids()[name] for name in before} == before
    assert changes() == []


def test_kollas_image(cloud, recipe, deploy_one, changes):
    kolla = docker("inspect", "--format", "{{.Config.Image}}", "nova_compute").strip()
    container = json.dumps({"services_container": recipe["image"]["services_container"]})
    before = ids()
    done = deploy_one("fake-007", {}, "--extra-vars", f"services_image={kolla}", "--extra-vars", container)
    text = " ".join(done.stdout.split())
    assert f"is not compared with the options that nova in {kolla} reads" in text, done.stdout[-5000:]
    assert computes(cloud)["fake-007"].state == "up"
    assert docker("inspect", "--format", "{{.Config.Image}} {{.Config.User}}", "nova-compute-fake-007").split() == [
        kolla,
        "42436:162",
    ]
    rows = [line.split() for line in docker("top", "nova-compute-fake-007", "-o", "uid,pid,comm,args").splitlines()]
    assert {row[0] for row in rows[1:] if row[2] == "nova-compute"} == {"42436"}
    # kolla's start script did not run.
    assert "Running command" not in log_of("fake-007")
    assert {name: ids()[name] for name in before} == before
    assert changes() == []
