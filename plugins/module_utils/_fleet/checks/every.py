# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks before a run changes anything. A new check is a file, and a line in HOST_CHECKS."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import (
    container_settings,
    directories,
    duplicates,
    images,
    journal,
    memory,
    names,
    pruning,
    runtimes,
    selinux,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan

# Checks of the plan alone: pure.
PLAN_CHECKS = (
    images.problems,
    names.problems,
    directories.problems,
    duplicates.problems,
    pruning.problems,
)
# Checks that ask this Docker host or its engine.
HOST_CHECKS = (
    runtimes.problems,
    memory.problems,
    container_settings.problems,
    selinux.problems,
    journal.problems,
)
CHECKS = (*PLAN_CHECKS, *HOST_CHECKS)


def problems(plan: Plan, host: Host) -> list[str]:
    """All problems that forbid carrying out the plan, in check mode and outside it.

    Args:
        plan: what is about to be done.
        host: where.

    Raises:
        Unanswered: the engine does not answer.
    """
    return [problem for check in CHECKS for problem in check(plan, host)]
