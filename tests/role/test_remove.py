# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook remove removes the whole fleet or nothing."""

from __future__ import annotations

import pytest


def test_an_instance_on_one_docker_host_refuses_for_all(deployed_pair):
    on_d2 = next(service for service, host in deployed_pair.places().items() if host == "d2")
    deployed_pair.cloud.instances[on_d2] = [("8c3a8a39-6d1c-4a49-8b5d-ef77c3c3e0a1", "web-1")]
    run = deployed_pair.run("remove", services_remove_confirm=deployed_pair.fleet)
    run.assert_refused(f"{on_d2}: .*1 instances .*web-1")
    assert len(deployed_pair.places()) == 4

    deployed_pair.engine("d2").stop()
    deployed_pair.cloud.instances.clear()
    run = deployed_pair.run("remove", services_remove_confirm=deployed_pair.fleet)
    run.assert_refused("d2: .*Docker")
    assert len(deployed_pair.places()) == 4

    deployed_pair.engine("d2").start()
    run = deployed_pair.run("remove", services_remove_confirm=deployed_pair.fleet)
    assert not run.failed, run.text
    assert not deployed_pair.places()
    assert not any(
        any(deployed_pair.config(host).iterdir())
        for host in deployed_pair.engines
        if deployed_pair.config(host).exists()
    )


@pytest.mark.parametrize("turns", [dict(serial=1), dict(strategy="free")], ids=str)
def test_docker_hosts_in_turns_are_refused(deployed_pair, turns):
    on_d2 = next(service for service, host in deployed_pair.places().items() if host == "d2")
    deployed_pair.cloud.instances[on_d2] = [("8c3a8a39-6d1c-4a49-8b5d-ef77c3c3e0a1", "web-1")]
    run = deployed_pair.run(deployed_pair.play("remove", **turns), services_remove_confirm=deployed_pair.fleet)
    run.assert_refused("(serial|strategy): ")
    assert len(deployed_pair.places()) == 4


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["run", "dry run"])
def test_what_one_docker_host_refuses_empties_none(deployed_pair, arguments):
    service = next(name for name, host in deployed_pair.places().items() if host == "d2")
    (deployed_pair.config("d2") / service / ".novafleet").write_text('{"files": null}', encoding="utf-8")
    run = deployed_pair.run("remove", *arguments, services_remove_confirm=deployed_pair.fleet)
    run.assert_refused(f"service {service}: .*/.novafleet is damaged.* Repair it, or move .*/{service} away")
    assert len(deployed_pair.places()) == 4


def test_a_relative_directory_is_refused(deployed_pair):
    """Its files would not be found, and stay with their passwords."""
    deployed_pair.hosts["d2"]["services_config_dir"] = "relative"
    run = deployed_pair.run("remove", services_remove_confirm=deployed_pair.fleet)
    run.assert_refused("config_dir: 'relative' is not an absolute path")
    assert len(deployed_pair.places()) == 4
