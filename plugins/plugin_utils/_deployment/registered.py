# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registered results of modules: what each must hold, and why one does not.  Pure.

A module that was killed, or whose interpreter is broken, returns no key that its readers look for.
Read as "nothing there", such an answer starts a second nova-compute in addition to a running one.
"""

from __future__ import annotations

from collections.abc import Mapping

# Module to the keys that its answer has, unless it failed.
KEYS = dict(
    check_targets=("targets", "endpoints", "problems", "findings", "claims"),
    containers=("services",),
    containers_info=("services",),
    nova_aggregates=("created", "joined"),
    nova_retire=("services", "moves"),
    nova_services=("hosts",),
    nova_services_info=("services", "hypervisors", "instances"),
    plan=("findings", "claims", "unwanted", "services", "waves"),
    preflight=("problems", "checks", "hypervisors"),
    swarm_services=("services",),
    swarm_services_info=("services", "nodes"),
)
# The module nova_services_info after it waited.
WAITING = "nova_services_info with wait_for"
KEYS[WAITING] = ("services", "hypervisors", "not_up", "not_mapped", "not_provided")
# Where a result says why, in addition to its msg; the best source is first.
OUTPUTS = ("module_stderr", "module_stdout", "exception")
LONGEST = 500


def cause(answer: Mapping) -> str:
    """Why a module failed.

    Args:
        answer: registered result of the module.

    Returns:
        str: its message; where the module itself could not end properly, also the last line that it wrote.
    """
    said = str(answer.get("msg") or "").strip()
    for name in OUTPUTS:
        lines = [line.strip() for line in str(answer.get(name) or "").splitlines() if line.strip()]
        # A module that reports its cause adds its traceback, which repeats it.
        if lines and not (said and name == "exception"):
            return f"{said.rstrip('.')}: {lines[-1][:LONGEST]}" if said else lines[-1][:LONGEST]
    return said or "the module returned no result and no message"


def unusable(answer: object, module: str, where: str) -> list[str]:
    """Problem of an answer that lacks what is to be read from it.

    Args:
        answer: registered result of the module; one that was skipped, and an empty one, were not asked for.
        module: its name, one of KEYS.
        where: what the problem begins with, such as the host and the variable.

    Returns:
        list of str, with one problem at most.
    """
    if not isinstance(answer, Mapping):
        return [f"{where}: the module {module} returned {type(answer).__name__}, not a dict."]
    if not answer or answer.get("skipped"):
        return []
    if answer.get("unreachable"):
        return [f"{where}: does not answer: {cause(answer)}"]
    missing = [key for key in KEYS[module] if not isinstance(answer.get(key), (list, tuple))]
    if not missing:
        return []
    if answer.get("msg") or any(answer.get(name) for name in OUTPUTS):
        return [f"{where}: {cause(answer)}"]
    return [f"{where}: the module {module} returned no {' and no '.join(missing)}. Run again with -vvv."]
