# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the Docker host has enough memory for the services that the run will start."""

from __future__ import annotations

import collections
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan, Step

# Plan actions that need memory which is not in use yet.
STARTING = frozenset(["create", "start"])
NAMED = 3


def problems(plan: Plan, host: Host) -> Iterator[str]:
    """The check reads the memory of this machine. If the engine runs on another machine, that says nothing."""
    params = host.params
    if not params["memory_per_service_mb"] or not host.engine_here:
        return
    sizes = {entry["name"]: entry["memory_mb"] for entry in params["services"]}
    needs = {name: sizes.get(name) or params["memory_per_service_mb"] for name in starting(plan.steps)}
    problem = shortfall(needs, available_mb(params["memory_swap_percent"]), params["memory_reserve_mb"])
    if problem:
        yield problem


def available_mb(swap_percent: int = 0, path: str = "/proc/meminfo") -> int | None:
    """Memory that new processes can use (proc(5), MemAvailable and SwapFree, in KiB).

    Args:
        swap_percent: of the free swap space, which counts as memory; 0 to go without swapping.
        path: the kernel's file.

    Returns:
        MB of 1024 KiB; None if the kernel does not report it.
    """
    try:
        with open(path, encoding="ascii") as stream:
            amounts = dict(re.findall(r"^(MemAvailable|SwapFree):\s+(\d+) kB$", stream.read(), re.MULTILINE))
    except OSError:
        return None
    if "MemAvailable" not in amounts:
        return None
    return (int(amounts["MemAvailable"]) + int(amounts.get("SwapFree", 0)) * swap_percent // 100) // 1024


def starting(steps: Iterable[Step]) -> list[str]:
    """Names of the services that the steps will start and whose memory is not in use yet.

    Args:
        steps: of the plan. Replacing or restarting a running container needs no more memory than it frees.
    """
    idle = ("created", "exited", "dead")
    return [
        step.service
        for step in steps
        if step.action in STARTING
        or (step.action == "recreate" and step.container is not None and step.container.state in idle)
    ]


def shortfall(needs: Mapping[str, int], available: int | None, reserve: int) -> str:
    """Report why the memory is not sufficient.

    Args:
        needs: service that will start -> MB that it takes.
        available: MB; None if unknown.
        reserve: MB that must stay free.

    Returns:
        str: The calculation and the fix; "" if the memory is sufficient.
    """
    need = sum(needs.values())
    if available is None or not need or need <= available - reserve:
        return ""
    names = list(needs)
    first = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    return (
        f"memory: {len(names)} services that do not run yet ({first}) need {_sum(needs)} "
        f"(memory_per_service_mb) = {need} MB. This Docker host has {available} MB available, of which {reserve} MB "
        f"(memory_reserve_mb) stay free: {available - reserve} MB, enough for {_fitting(needs, available - reserve)}. "
        "Assign services to another Docker host, add memory, let them take compressed swap (memory_swap_percent), or "
        "use the density profile (services_density). If it is the figure that is wrong, set it; 0 checks nothing."
    )


def _sum(needs: Mapping[str, int]) -> str:
    """Such as C(4 x 130 MB + 2 x 230 MB)."""
    counts = collections.Counter(needs.values())
    return " + ".join(f"{counts[size]} x {size} MB" for size in sorted(counts))


def _fitting(needs: Mapping[str, int], room: int) -> int:
    """How many of the services fit, counted from the first one."""
    return sum(1 for total in itertools.accumulate(needs.values()) if total <= room)
