# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of Docker hosts that would be ignored silently, or read as something else.  Pure.

Ansible validates the values of one entry point of the role only, and no names. The others read the same variables: a
misspelled services_verify would have the fleet removed without a question to nova.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.variables import (
    OF_TARGETS,
    intended,
    written_value,
)

# Tasks that run once read these, from the first Docker host of the run.
OF_ALL = (
    "services_api_become",
    "services_api_host",
    "services_api_timeout",
    "services_cloud",
    "services_clouds_file",
    "services_dead_docker_hosts",
    "services_discover_command",
    "services_discover_host",
    "services_fleet",
    "services_groups",
    "services_identity_namespace",
    "services_lease",
    "services_move",
    "services_new_reason",
    "services_new_state",
    "services_only",
    "services_retire",
    "services_retire_drain",
    "services_retire_drain_parallel",
    "services_retire_drain_seconds",
    "services_retire_leave_evacuated",
    "services_retire_reason",
    "services_standby",
    "services_status_html",
    "services_status_json",
    "services_status_metrics",
    "services_verify",
)
# What a word or a number that is written wrongly would be read as.
WORDS = ("bool", "int", "float")
MISSING = object()

Specs = Mapping[str, Mapping[str, Any]]
Variables = Mapping[str, Mapping[str, Any]]


def misspelt(specs: Specs, variables: Variables) -> Iterator[Problem]:
    """Variables whose names are similar to the role's.

    Args:
        specs: variable -> argument spec, of all entry points of the role.
        variables: Docker host -> its variables, not templated.
    """
    names = dict.fromkeys(name for known in variables.values() for name in known)
    for name in names:
        close = intended(name, specs)
        if close:
            hosts = [host for host, known in variables.items() if name in known]
            cure = f"Did you mean {close}? Remove it."
            yield Problem(", ".join(hosts), name, "is not a variable of this role.", cure)


def differing(specs: Specs, variables: Variables) -> Iterator[Problem]:
    """Variables of a part of the Docker hosts that are read once for all of them.

    Args:
        specs, variables: as misspelt() takes them. A Docker host without the variable has the default.
    """
    for name in OF_ALL:
        spec = specs.get(name, {})
        first, *others = ((host, known.get(name, spec.get("default", MISSING))) for host, known in variables.items())
        apart = next((host for host, value in others if not _same(spec, value, first[1])), None)
        if apart:
            problem = f"is not the same as on {apart}, and is read once for all Docker hosts."
            yield Problem(first[0], name, problem, "Set it in the group nova_compute_hosts or in all.")


def _same(spec: Mapping[str, Any], one: Any, other: Any) -> bool:
    """Whether two values are read as the same one: an inventory in INI has the text false."""
    if one is other or one == other:
        return True
    if spec.get("type") not in WORDS or MISSING in (one, other):
        return False
    validator = ArgumentSpecValidator({"value": {"type": spec["type"]}})
    first, second = (validator.validate({"value": value}) for value in (one, other))
    read = [result.validated_parameters["value"] for result in (first, second) if not result.error_messages]
    return len(read) > 1 and read[0] == read[1]


def wrong_types(specs: Specs, host: str, given: Mapping[str, Any], read: Callable[[Any], Any]) -> Iterator[Problem]:
    """Values that are not a bool, not a number, or not one of the values that there are.

    Args:
        specs: as misspelt() takes them.
        host: whose variables these are.
        given: variable -> value, not templated, as the tasks of the role see them.
        read: function that templates a value, or raises an exception.
    """
    for name in sorted((set(specs) - OF_TARGETS).intersection(given)):
        spec = {key: specs[name][key] for key in ("type", "choices") if key in specs[name]}
        if spec.get("type") not in WORDS and "choices" not in spec:
            continue
        try:
            value = read(given[name])
        except Exception:  # What cannot be templated fails the task that reads it.
            continue
        if value is not None and ArgumentSpecValidator({name: spec}).validate({name: value}).error_messages:
            problem = f"{value!r} is not of type {spec['type']}." if "choices" not in spec else f"{value!r} is unknown."
            yield Problem(host, name, problem, written_value(spec))
