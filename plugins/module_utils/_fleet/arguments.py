# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module containers, as Ansible checks them."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import CONFIG_DIR, FILES_TARGET
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC

MOUNT_ARGUMENT_SPEC = dict(
    source=dict(type="path", required=True),
    target=dict(type="str", required=True),
    read_only=dict(type="bool", default=True),
)

LOG_ARGUMENT_SPEC = dict(
    driver=dict(type="str", default="json-file"),
    options=dict(type="dict"),
)

HEALTHCHECK_ARGUMENT_SPEC = dict(
    test=dict(type="list", elements="str", required=True),
    interval=dict(type="float", default=60),
    timeout=dict(type="float", default=10),
    start_period=dict(type="float", default=0),
    retries=dict(type="int", default=3),
)

# The container settings. DOCUMENTATION of the module containers describes each of them.
CONTAINER_ARGUMENT_SPEC: dict[str, Any] = dict(
    user=dict(type="str", default="162:162"),
    network_mode=dict(type="str", default="host"),
    read_only=dict(type="bool", default=True),
    init=dict(type="bool", default=True),
    cap_drop=dict(type="list", elements="str", default=["ALL"]),
    cap_add=dict(type="list", elements="str", default=[]),
    security_opt=dict(type="list", elements="str", default=["no-new-privileges"]),
    entrypoint=dict(type="list", elements="str"),
    files_target=dict(type="str", default=FILES_TARGET),
    mounts=dict(type="list", elements="dict", default=[], options=MOUNT_ARGUMENT_SPEC),
    tmpfs=dict(type="dict", default={"/tmp": "rw,size=64m,mode=1777"}),
    environment=dict(type="dict", default={}),
    devices=dict(type="list", elements="str", default=[]),
    ulimits=dict(type="dict", default={}),
    pids_limit=dict(type="int", default=0),
    memory=dict(type="int", default=0),
    cpu_shares=dict(type="int", default=0),
    runtime=dict(type="str", default=""),
    userns_mode=dict(type="str", default="", choices=["", "host"]),
    stop_timeout=dict(type="int", default=180),
    restart_policy=dict(type="str", default="unless-stopped", choices=["unless-stopped", "always", "no"]),
    log=dict(type="dict", default={}, options=LOG_ARGUMENT_SPEC, apply_defaults=True),
    healthcheck=dict(type="dict", options=HEALTHCHECK_ARGUMENT_SPEC),
    labels=dict(type="dict", default={}),
)

FILE_ARGUMENT_SPEC = dict(
    path=dict(type="str", required=True),
    content=dict(type="str", no_log=True),
    sha256=dict(type="str"),
    mode=dict(type="str", default="0640"),
    immutable=dict(type="bool", default=False),
)

SERVICE_ARGUMENT_SPEC = dict(
    name=dict(type="str", required=True),
    image=dict(type="str"),
    command=dict(type="list", elements="str"),
    container=dict(type="dict"),
    memory_mb=dict(type="int"),
    target=dict(type="str"),
    files=dict(type="list", elements="dict", options=FILE_ARGUMENT_SPEC),
)

NOVA_CONF_ARGUMENT_SPEC = dict(
    templates=dict(type="path", required=True),
    base=dict(type="path"),
    defaults=dict(type="dict", default={}),
    files=dict(type="dict", default={}),
    identity_namespace=dict(type="str", required=True),
    compute_ids=dict(type="dict", default={}),
    releases=dict(type="list", elements="str", default=[]),
    groups=dict(type="dict", default={}),
    option_kinds=dict(type="dict", default={}),
    secret_options=dict(type="list", elements="str", default=[], no_log=False),
)

# What the action plugin sends in addition to the options of the task.
CONTROLLER_ARGUMENT_SPEC = dict(
    rendered=dict(type="dict", default={}),
    bundle=dict(type="path"),
    progress=dict(type="path"),
)

ARGUMENT_SPEC = dict(
    ENGINE_ARGUMENT_SPEC,
    fleet=dict(type="str", default="nova"),
    services=dict(type="list", elements="dict", default=[], options=SERVICE_ARGUMENT_SPEC),
    image=dict(type="str"),
    images_to_come=dict(type="list", elements="str", default=[]),
    nova_conf=dict(type="dict", options=NOVA_CONF_ARGUMENT_SPEC),
    container=dict(type="dict", default={}, options=CONTAINER_ARGUMENT_SPEC, apply_defaults=True),
    container_prefix=dict(type="str", default="nova-compute-"),
    config_dir=dict(type="path", default=CONFIG_DIR),
    files_owner=dict(type="int", default=0),
    files_group=dict(type="int", default=162),
    state=dict(type="str", choices=["present", "absent"], default="present"),
    all=dict(type="bool", default=False),
    prune=dict(type="bool", default=False),
    concurrency=dict(type="int", default=0),
    max_unavailable=dict(type="str", default="1"),
    max_failures=dict(type="int", default=0),
    settle=dict(type="int", default=3),
    health_timeout=dict(type="int", default=120),
    start_cpu_seconds=dict(type="float", default=0),
    memory_per_service_mb=dict(type="int", default=0),
    memory_reserve_mb=dict(type="int", default=512),
    memory_swap_percent=dict(type="int", default=0),
    lock_timeout=dict(type="int", default=60),
    secret_options=dict(type="list", elements="str", default=[], no_log=False),
    _controller=dict(type="dict", default={}, options=CONTROLLER_ARGUMENT_SPEC, apply_defaults=True),
)
