# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services are interrupted together, and which move together.  Pure."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._contract import WAITING
from ansible_collections.novafleet.compute.plugins.module_utils._share import share

INTERRUPTED = ("recreate", "restart")
ADDED = ("create", "start", "rename")


def waves(results: list[dict], unavailable: str, apart: bool = False) -> list[dict]:
    """Cut a Docker host's plan into waves.

    Args:
        results: services as the module containers returns them in check mode.
        unavailable: how many running services may be interrupted at once, as the module containers takes it.
        apart: whether what interrupts a service comes last even where one wave would do, as all Docker hosts must have
            done the rest before.

    Returns:
        list of dict with names (services) and gated (whether nova must get their heartbeats before the next wave).
        Those that interrupt no service come first. Empty if at most one wave interrupts: nothing follows it.
    """
    interrupted = [one["name"] for one in results if one["action"] in INTERRUPTED and one.get("part") not in WAITING]
    size = share(str(unavailable), sum(1 for one in results if one["action"] not in ("unwanted", "remove")))
    if len(interrupted) <= size and not apart:
        return []
    added = [
        one["name"] for one in results if one["action"] in (*ADDED, *INTERRUPTED) and one["name"] not in interrupted
    ]
    cut = [interrupted[first : first + size] for first in range(0, len(interrupted), size)]
    return [dict(names=added, gated=False)] * bool(added) + [dict(names=names, gated=True) for names in cut]


def move_waves(moves: list[dict], unavailable: str) -> list[list[dict]]:
    """Moves in groups, each of which is over before the next begins.

    Args:
        moves: of assign().
        unavailable: how many may be under way at the same time, as the module containers takes max_unavailable.
    """
    size = share(str(unavailable), len(moves))
    return [moves[first : first + size] for first in range(0, len(moves), size)]
