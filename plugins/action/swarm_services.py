# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module swarm_services: that of the module containers, with files that the swarm stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.action.containers import ActionModule as ContainersAction
from ansible_collections.novafleet.compute.plugins.action.containers import Contents


class ActionModule(ContainersAction):
    """Makes one module call, and a second one with the contents that the swarm lacks."""

    MODULE = "novafleet.compute.swarm_services"
    WRITES_TO = "the secrets of the swarm"

    def _differing(self, args: Mapping[str, Any], contents: Contents) -> Contents:
        """Nothing: only the module knows which contents the swarm has."""
        return {}
