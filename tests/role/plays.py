# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own playbooks, without the parts that need a real engine, and with short waits."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

# Requests that hang end after this number of seconds.
API_TIMEOUT = 2
NOVA_MODULES = ("nova_retire", "nova_services", "nova_services_info")
DOCKER_MODULES = ("containers", "containers_info")
# Roles that need a real machine and a real engine. Other tests run them.
ELSEWHERE = ("novafleet.compute.docker_host", "novafleet.compute.nova_image")
# Path of the installed collection: by default the checkout.
HERE = Path(__file__).resolve().parents[5]


def plays_of(name: str, **changes) -> list:
    """Read a playbook by its name. changes, such as serial or strategy, override keys of each of its plays."""
    plays = _plays(name)
    quick = {f"novafleet.compute.{name}": dict(api_timeout=API_TIMEOUT) for name in NOVA_MODULES}
    quick.update({f"novafleet.compute.{name}": dict(docker_timeout=API_TIMEOUT) for name in DOCKER_MODULES})
    quick["novafleet.compute.containers"]["settle"] = 0
    for play in plays:
        if "roles" in play:
            play["roles"] = [one for one in play["roles"] if one["role"] not in ELSEWHERE]
        play["module_defaults"] = quick
        play.update(changes)
    return plays


def _plays(name: str) -> list:
    """The plays of a playbook of the collection, and of those that it imports."""
    path = collections_path() / "ansible_collections/novafleet/compute/playbooks" / f"{name}.yml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    imported = [
        _plays(play["import_playbook"].removesuffix(".yml")) if "import_playbook" in play else [play] for play in found
    ]
    return [play for plays in imported for play in plays]


def collections_path() -> Path:
    """Directory below which Ansible finds the collection."""
    return Path(os.environ.get("ANSIBLE_COLLECTIONS_PATH") or HERE)
