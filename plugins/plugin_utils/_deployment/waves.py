# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services of a Docker host are interrupted together.  Pure."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._contract import WAITING
from ansible_collections.novafleet.compute.plugins.module_utils._share import share

INTERRUPTED = ("recreate", "restart")
ADDED = ("create", "start", "rename")


def waves(results, unavailable, apart=False):
    """Cut a Docker host's plan into waves.

    Args:
        results: list of dict as the module containers returns services in check mode.
        unavailable: str, how many running services may be interrupted at once, as the module containers takes it.
        apart: whether what interrupts a service comes last even where one wave would do, as all Docker hosts must have
            done the rest before.

    Returns:
        list of dict with names (services) and gated (whether nova must hear from them before the next wave): first what
        interrupts nobody, then what does. Empty if there is no more than one wave that interrupts: nothing follows it.
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
