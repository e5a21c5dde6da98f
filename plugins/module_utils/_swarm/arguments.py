# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules swarm_services and swarm_services_info, as Ansible checks them."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC

# Options of the module containers that are about the machine it runs on.
OF_ONE_HOST = ("config_dir", "engine_to_come", "images_to_come", "memory_swap_percent")

SWARM_ARGUMENT_SPEC: dict[str, Any] = dict(
    {name: option for name, option in ARGUMENT_SPEC.items() if name not in OF_ONE_HOST},
    pins=dict(type="dict", default={}),
    constraints=dict(type="list", elements="str", default=[]),
    image_timeout=dict(type="int", default=600),
)

SWARM_INFO_ARGUMENT_SPEC: dict[str, Any] = dict(
    {name: option for name, option in ENGINE_ARGUMENT_SPEC.items() if name not in OF_ONE_HOST},
    fleet=dict(type="str", default="nova"),
    log_lines=dict(type="int", default=20),
    log_services=dict(type="list", elements="str", default=[]),
)
