# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digests of 0.1.0 and later. Another one replaces every container of a site that only upgrades this collection."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import body
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC

FILES = [{"path": "nova.conf", "sha256": "0" * 64}]
# The settings of role services.
SERVICES = {
    "tmpfs": {
        "/tmp": "rw,size=64m,mode=1777",
        "/var/lib/nova": "rw,size=64m,mode=0750,uid=162,gid=162",
        "/var/log/nova": "rw,size=1m,mode=0750,uid=162,gid=162",
    }
}
DENSITY = {
    "runtime": "novafleet-dense",
    "security_opt": ["no-new-privileges", "apparmor=unconfined"],
    "environment": {"PYTHONHASHSEED": "0", "PYTHONOPTIMIZE": "2"},
}
LIBVIRT = {
    "user": "0:0",
    "cap_drop": [],
    "cap_add": ["SYS_ADMIN"],
    "devices": ["/dev/kvm"],
    "mounts": [{"source": "/run/libvirt", "target": "/run/libvirt", "read_only": False}],
}
LIMITS = {
    "pids_limit": 512,
    "memory": 2**29,
    "cpu_shares": 2048,
    "ulimits": {"nofile": 4096},
    "stop_timeout": 30,
    "restart_policy": "always",
}
NO_LOG = {"log": {"driver": "none"}}
LOCAL_LOG = {"log": {"driver": "local", "options": {"max-size": "20m", "max-file": 3}}}


@pytest.mark.parametrize(
    ("settings", "entry", "digest"),
    [
        ({}, {}, "d392b00c7d7ba38533019e72fd4c5d18c3c00aa559fec7c7e43e503d0003f6a0"),
        (SERVICES, {"files": FILES}, "607fdb1b387cc21305280dc45b408571ab4945e842a14df0bb9dc2e02318056e"),
        ({**SERVICES, **DENSITY}, {"files": FILES}, "ce25d9193fef9a55244ffab4764b508d8173ce81b6600aae3faa9c18818c1093"),
        ({**SERVICES, **LIBVIRT}, {"files": FILES}, "97a85288b0cb0d9bd5efd31954762ba18634e67fb1a4b62fd6df73e4990b0be8"),
        (LIMITS, {}, "b3c3643b59d37995a78dbc6c01727dcc40f127a3fa611284578b018ed7e1da64"),
        (LOCAL_LOG, {}, "b9952c1b4ce17be69fb21101331adfc012c475695cfeff181067f44f6cf530b5"),
        (NO_LOG, {}, "790ac29253319af76db8ff8aa632a016f9f0d5b64c4ce05bc5efb078e41e5108"),
        (
            {"healthcheck": {"test": ["true"]}},
            {"command": ["nova-compute", "--debug"]},
            "993f49b0fd2d2b008f55b1868e0184d33e8f95204348f4a7cef658fe1018e47c",
        ),
        (
            {"labels": {"a": 1}},
            {"container": {"memory": 5, "stop_timeout": 7}},
            "1042802a36c7d0e06da60855e5873d01a610ad1dc13db27ae1e7cb1f749a5892",
        ),
    ],
    ids=["module", "services", "density", "libvirt", "limits", "local log", "no log", "healthcheck", "override"],
)
def test_a_container_of_release_0_1_0_is_left_alone(settings, entry, digest):
    validated = ArgumentSpecValidator(CONTAINER_ARGUMENT_SPEC).validate(settings)
    assert validated.error_messages == []
    given = {"name": "xs-01", "image": "nova:1", **entry}
    made = desired.service(given, validated.validated_parameters, "nova", "nova-compute-", "/etc/novafleet")
    assert body.digest(made.spec) == digest
    assert body.create_body(made.spec)["Labels"][LABEL_SPEC] == digest
