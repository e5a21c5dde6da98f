# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a preflight, as Ansible checks them."""

from __future__ import annotations

from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import bus, reach
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.run import DRIVERS

ARGUMENT_SPEC: dict[str, Any] = dict(
    {driver.name: dict(type="list", elements="dict", default=[], options=driver.argument_spec) for driver in DRIVERS},
    endpoints=dict(type="list", elements="dict", default=[], options=reach.ENDPOINT_ARGUMENT_SPEC),
    bus=dict(type="list", elements="dict", default=[], options=bus.ARGUMENT_SPEC),
    authorities=dict(type="dict", default={}),
    pyvmomi_to_come=dict(type="bool", default=False),
    timeout=dict(type="int", default=5),
)
