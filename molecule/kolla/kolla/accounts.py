# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make kolla-ansible's accounts on the sandbox: users of Keystone in project service, and RabbitMQ's user openstack.

usage: accounts.py CLOUDS_FILE PASSWORDS_FILE

Prints a line for each account that was missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openstack
import yaml
from openstack.config import OpenStackConfig

USERS = ("placement", "neutron", "cinder")
RABBITMQCTL = ["docker", "exec", "--interactive", "sandbox-rabbitmq", "/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet"]


def ensure_users(cloud: openstack.connection.Connection, passwords: dict[str, str]) -> None:
    """Make the users of Keystone that are missing."""
    project, role = cloud.identity.find_project("service"), cloud.identity.find_role("admin")
    for name in USERS:
        if cloud.identity.find_user(name):
            continue
        user = cloud.identity.create_user(
            name=name, password=passwords[f"{name}_keystone_password"], default_project_id=project.id
        )
        cloud.identity.assign_project_role_to_user(project, user, role)
        print(f"user {name}")


def ensure_bus_user(name: str, password: str) -> None:
    """Make RabbitMQ's user if it is missing."""
    if name in run("list_users").split():
        return
    # Without a password as an argument, it reads one.
    run("add_user", name, given=f"{password}\n")
    run("set_permissions", name, ".*", ".*", ".*")
    print(f"RabbitMQ's user {name}")


def run(*arguments: str, given: str = "") -> str:
    """Output of rabbitmqctl."""
    return subprocess.run([*RABBITMQCTL, *arguments], input=given, check=True, capture_output=True, text=True).stdout


def main() -> None:
    clouds_file, passwords_file = sys.argv[1:]
    passwords = yaml.safe_load(Path(passwords_file).read_text(encoding="utf-8"))
    config = OpenStackConfig(config_files=[clouds_file]).get_one("kolla-admin-internal")
    ensure_users(openstack.connection.Connection(config=config), passwords)
    ensure_bus_user("openstack", passwords["rabbitmq_password"])


if __name__ == "__main__":
    main()
