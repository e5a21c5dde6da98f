# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets on the base files of deployment tools, checked by the options that a release of nova reads."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import Checked, check
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings
from pinned_python import TOP, pinned_python

BASES = TOP / "tests" / "unit" / "plugins" / "plugin_utils" / "_targets" / "bases"
SERVICES = TOP / "roles" / "services"
LISTER = TOP / "roles" / "nova_image" / "files" / "nova_options.py"
GROUPS = {"nova_compute_hosts": ["docker1"], "vcenter": ["vc1-web", "vc1-db"], "fake": ["fake-1"]}
TARGETS = [name for group in ("vcenter", "fake") for name in GROUPS[group]]
OWN = {
    name: {
        "services_vcenter": {
            "host_ip": "vc1.example.com",
            "host_username": "nova",
            "host_password": "pa$word",
            "cluster_name": name,
            "ca_file": "/etc/nova/vc.pem",
        },
        "services_files_vcenter": {"vc.pem": "/etc/ssl/vc.pem"},
    }
    for name in GROUPS["vcenter"]
}


@functools.cache
def options_of(release: str) -> NovaOptions:
    """The options that a release of nova reads, as its image lists them."""
    python = pinned_python(release, f"nova=={release}", "oslo.vmware")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "nova-options.json")
        subprocess.run([python, "-W", "ignore", LISTER, path], check=True, capture_output=True)
        return NovaOptions(json.loads(path.read_text(encoding="utf-8")))


def checked(release: str, base_text: str, **shared: Any) -> Checked:
    """Check two clusters of a vCenter and a fake target, all on one Docker host.

    Args:
        release: of nova.
        base_text: of services_base_nova_conf.
        shared: further variables of all targets.
    """
    nova = options_of(release)
    entries = yaml.safe_load((SERVICES / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    specs = {name: spec for entry in entries.values() for name, spec in entry["options"].items()}
    renderer = Renderer(
        str(SERVICES / "templates"),
        base_text,
        read=lambda _path: "certificate\n",
        kinds=OptionKinds([nova]),
        releases=[release],
    )
    targets = Inventory(GROUPS, lambda host: Settings(OWN.get(host, {}), shared), {})
    return check(targets, Known(specs, renderer, [nova]))
