# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs role services on targets of which many are wrong, and reads what it said."""

from __future__ import annotations

import json
import os
import subprocess
import sys

# Seconds that a connection and each answer may take.
TIMEOUT = 3
SAID = dict(
    msg="{{ (failure | default({})).msg | default('') }}",
    task="{{ (failure | default({})).task | default('') }}",
    checks="{{ (__services_plan | default({})).preflight.checks | default([]) }}",
    seconds="{{ (__services_plan | default({})).preflight.seconds | default(0) }}",
)


def playbook(directory, name, content, inventory, *options):
    """Run it, with all that Ansible can print.

    Returns:
        subprocess.CompletedProcess, with standard error in stdout.
    """
    (directory / f"{name}.json").write_text(json.dumps(content))
    where = directory / f"{name}-inventory.json"
    where.write_text(json.dumps(inventory))
    environment = dict(
        os.environ,
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_PIPELINING="true",
    )
    command = ["ansible-playbook", "-vvv", "-i", where, directory / f"{name}.json", *options]
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def deploy(site, name, groups, *options, everyone, docker_host, secrets):
    """Run the role on one Docker host.

    Args:
        site: with directory and engine.
        name: of the run, for its files.
        groups: dict, group -> targets with their variables.
        options: of ansible-playbook.
        everyone, docker_host: variables of all, and of the Docker host.
        secrets: texts that must not be printed.

    Returns:
        dict with msg and task of what failed ("" if nothing did), checks and seconds of the preflight.
    """
    report = site.directory / f"{name}-report.json"
    docker1 = dict(
        ansible_connection="local",
        ansible_python_interpreter=sys.executable,
        services_image="nova:1",
        services_config_dir=str(site.directory / f"{name}-config"),
        services_verify=False,
        services_preflight_timeout=TIMEOUT,
    )
    hosts = dict(groups, nova_compute_hosts=dict(docker1=dict(docker1, **docker_host)))
    children = {group: dict(hosts=members) for group, members in hosts.items()}
    failure = dict(msg="{{ ansible_failed_result.msg }}", task="{{ ansible_failed_task.name }}")
    role = {"ansible.builtin.import_role": dict(name="novafleet.compute.services")}
    write = {"ansible.builtin.copy": dict(content="{{ said | to_json }}", dest=str(report)), "vars": dict(said=SAID)}
    remember = {"ansible.builtin.set_fact": dict(failure=failure)}
    play = dict(
        hosts="nova_compute_hosts",
        gather_facts=False,
        module_defaults={"group/novafleet.compute.engine": dict(docker_host=site.engine.url)},
        tasks=[dict(block=[role], rescue=[remember], always=[dict(write, check_mode=False)])],
    )
    ran = playbook(site.directory, name, [play], dict(all=dict(vars=everyone, children=children)), *options)
    for secret in secrets:
        assert secret not in ran.stdout
    assert report.exists(), ran.stdout[-4000:]
    return json.loads(report.read_text())


def said_of(message):
    """Target -> list of what the report says of it."""
    found = {}
    for line in message.splitlines()[1:]:
        names, _colon, rest = line.removeprefix("docker1: ").partition(": ")
        for name in names.split(", "):
            found.setdefault(name, []).append(rest)
    return found
