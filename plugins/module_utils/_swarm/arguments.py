# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module swarm_services, as Ansible checks them."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC

# Options of the module containers that are about the machine it runs on.
OF_ONE_HOST = ("config_dir", "images_to_come", "memory_swap_percent")

SWARM_ARGUMENT_SPEC: dict[str, Any] = dict(
    {name: option for name, option in ARGUMENT_SPEC.items() if name not in OF_ONE_HOST},
    pins=dict(type="dict", default={}),
    constraints=dict(type="list", elements="str", default=[]),
    image_timeout=dict(type="int", default=600),
)
