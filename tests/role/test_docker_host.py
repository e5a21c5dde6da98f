# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dry runs of role docker_host on a machine whose engine is a stand-in: problems that it must report."""

from __future__ import annotations

import json

import pytest

ROLE = "novafleet.compute.docker_host"
# A kernel that does not support it is one more problem.
DENSE = dict(docker_host_density=True)


@pytest.fixture
def machine(site):
    """A site whose Docker host needs no change, with a play of the role as its attribute machine."""
    directory = site.directory / "d1"
    site.vars.update(
        docker_host_socket=str(site.engine().socket),
        docker_host_podman_socket=str(directory / "podman.sock"),
        docker_host_engine="docker",
        docker_host_limits={},
        docker_host_pyvmomi=False,
        docker_host_directory=str(directory / "record"),
        docker_host_sysctl_file=str(directory / "sysctl.conf"),
        docker_host_engine_config=str(directory / "daemon.json"),
    )
    # Its scripts run as its modules do.
    python = dict(executable=site.hosts["d1"]["ansible_python_interpreter"])
    facts = dict(python=python, os_family="Debian", distribution="Debian", cacheable=True)
    site.machine = dict(hosts="d1", gather_facts=False, pre_tasks=[{"set_fact": facts}], roles=[ROLE])
    return site


def check(site, *plays, **extra):
    """A dry run of the role, as one play or as several, each with other keys."""
    return site.run([dict(site.machine, **play) for play in plays or [{}]], "--check", **extra)


def test_a_machine_without_problems(machine):
    run = check(machine)
    assert not run.failed, run.text
    assert not run.ran("Report what would be installed and started")


def test_a_word_for_false_forbids_to_install(machine):
    """An inventory in the format INI gives the word."""
    packages = machine.directory / "packages"
    (packages / "docker").mkdir(parents=True)
    (packages / "docker/__init__.py").write_text("raise ImportError('docker is missing')\n", encoding="utf-8")
    machine.vars["docker_host_install"] = "false"
    run = check(machine, dict(environment=dict(PYTHONPATH=str(packages))))
    run.assert_refused("d1: ansible_python_interpreter: the Docker SDK for Python .* is missing")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_record_that_cannot_be_read_is_not_taken_for_none(machine, state):
    (machine.directory / "d1/record/record.json").mkdir(parents=True)
    run = check(machine, docker_host_state=state)
    run.assert_refused("d1: docker_host_directory: the record .*/d1/record/record.json, cannot be read .*directory")


def test_removal_includes_the_lists_that_modules_have_read_from_images(machine):
    (machine.directory / "d1/run/novafleet/nova-options").mkdir(parents=True)
    run = check(machine, docker_host_state="absent")
    assert run.results("Remove the lists of nova's options that the modules have read from images")["d1"]["changed"]


def test_limits_of_an_earlier_play_are_not_recorded_again(machine):
    raised = {"kernel.pid_max": dict(reserve=2**40, service=0)}
    run = check(machine, dict(vars=dict(docker_host_limits=raised)), {})
    assert not run.failed, run.text
    assert run.ran("Record the raised limits")


def test_an_engine_elsewhere_gets_no_signal(machine):
    run = check(machine, **DENSE)
    run.assert_refused("d1: docker_host_density: the process of the engine at .*/docker.sock is not on this machine")


def test_a_runtime_of_another_origin_is_left_alone_where_the_role_had_another_one(machine):
    machine.engine().runtimes["novafleet-dense"] = "/opt/other"
    record = dict(density=dict(runtime="dense", program="/usr/local/sbin/novafleet-dense", boot_file="/nonexistent"))
    (machine.directory / "d1/record").mkdir()
    (machine.directory / "d1/record/record.json").write_text(json.dumps(record), encoding="utf-8")
    run = check(machine, **DENSE)
    run.assert_refused("d1: docker_host_density_runtime: the engine already has .* which is /opt/other")
