# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a target's variables that have neither options nor files."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    LONGEST_SERVICE_NAME,
    NEXT_SUFFIX,
    SERVICE_NAME,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_domain
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import (
    FIRST_WITH_HOST_DOMAIN,
    NovaOptions,
    not_text,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import PREFIX

# A name that is at least so similar to a variable is a typing error (difflib.SequenceMatcher.ratio). Others are the
# user's.
NEARLY = 0.85
# Dict variables that may be spread over inventory levels as <name>_<anything>.
SPREAD = ("services_nova_conf", FILES, *(driver.variable for driver in DRIVERS.values() if driver.variable))
LAYERS = tuple(f"{name}_" for name in SPREAD)

PREFLIGHT = ArgumentSpecValidator(dict(preflight=dict(type="bool", required=True)))
# Variables of a target. The role's other ones are read for its Docker host.
OF_TARGETS = frozenset(
    [
        "services_aggregates",
        "services_docker_host",
        "services_host",
        "services_nova_conf",
        "services_options_known",
        FILES,
        "services_placement",
        "services_preflight",
        "services_transport_url",
        *(driver.variable for driver in DRIVERS.values() if driver.variable),
    ]
)
# What the entry point status of the role sets.
SET_BY_ROLE = "services_status"


def service_host(target: TargetToCheck) -> Iterator[Problem]:
    """The name of its nova-compute."""
    given, service = target.settings.get("services_host", ""), target.service
    release = _release_with_host_domain(target.known.lists, target.driver)
    if given is not None and not_text(given):
        yield target.problem("services_host", "is not a text.", not_text(given))
    elif not SERVICE_NAME.fullmatch(service) or service.endswith(NEXT_SUFFIX):
        yield target.problem("services_host", f"{service!r} is not a service host.", _name_cure(service))
    elif release and not_a_host_domain(service):
        problem = f"{service!r} is not a service host that nova {release} accepts."
        yield target.problem("services_host", problem, not_a_host_domain(service))
    elif release and service.endswith("."):
        # oslo_config/types.py, HostDomain: the service would not be found under the name that it was given.
        problem = f"ends with a dot, which nova {release} removes."
        yield target.problem("services_host", problem, f"Write {service.removesuffix('.')!r}.")


def _name_cure(service: str) -> str:
    """What to write instead of a text that is not a SERVICE_NAME."""
    if service.endswith(NEXT_SUFFIX):
        return f"Use a name without {NEXT_SUFFIX} at the end."
    if len(service) > LONGEST_SERVICE_NAME:
        return f"Write at most {LONGEST_SERVICE_NAME} characters."
    if SERVICE_NAME.fullmatch(f"a{service}"[:LONGEST_SERVICE_NAME]):
        return "Begin it with a letter from a to z or a digit."
    return "Use letters from a to z, digits, '_', '.' and '-'."


def _release_with_host_domain(lists: Sequence[NovaOptions], driver: Driver) -> str:
    """Release of nova that accepts only a HostDomain as service host, or "" if no release is known to do so."""
    for listed in lists:
        if listed.has_host_domain:
            return listed.release
    first = int(FIRST_WITH_HOST_DOMAIN.partition(".")[0])
    older = driver.last_nova is not None and driver.last_nova < first
    return "" if lists or older else f"{FIRST_WITH_HOST_DOMAIN} and newer"


def misspelt(target: TargetToCheck) -> Iterator[Problem]:
    """Variables whose names are similar to the role's.

    They are typing errors, and Ansible would ignore them silently.
    """
    for name in target.settings.own:
        close = intended(name, target.known.specs)
        if close:
            yield target.problem(name, "is not a variable of this role.", f"Did you mean {close}? Remove it.")


def intended(name: str, specs: Mapping[str, Any]) -> str:
    """The variable of the role that a name is a typing error of, or "".

    Args:
        name: of a variable.
        specs: variable -> argument spec, of all entry points of the role.
    """
    if not name.startswith(PREFIX) or name in specs or name == SET_BY_ROLE or name.startswith(LAYERS):
        return ""
    return next(iter(difflib.get_close_matches(name, list(specs), n=1, cutoff=NEARLY)), "")


def written_value(spec: Mapping[str, Any]) -> str:
    """How a value is to be written; spec: with type and, where there are some, choices."""
    if spec.get("choices"):
        return f"Write one of {', '.join(repr(choice) for choice in spec['choices'])}."
    return "Write true or false." if spec["type"] == "bool" else "Write a number."


def of_docker_host(target: TargetToCheck) -> Iterator[Problem]:
    """Variables that are read for the whole Docker host. On a target they would be ignored silently.

    A value that the Docker host or the group all has as well is not meant for the target alone.
    """
    own, shared = _raw(target.settings.own), _raw(target.settings.shared)
    for name in sorted((set(target.known.specs) - OF_TARGETS).intersection(own)):
        if own[name] not in (shared.get(name), target.everybody.get(name)):
            cure = "Set it for its Docker host, in the group nova_compute_hosts or in all."
            yield target.problem(name, "is read for the whole Docker host, not for a target.", cure)


def _raw(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Variables with templates that nothing resolves."""
    return getattr(variables, "raw", variables)


def simple(target: TargetToCheck) -> Iterator[Problem]:
    """Variables that are neither texts nor dicts. Ansible itself checks only variables of Docker hosts."""
    preflight = target.settings.get("services_preflight", True)
    if PREFLIGHT.validate(dict(preflight=preflight)).error_messages or preflight is None:
        yield target.problem("services_preflight", "is not a bool.", "Write true or false.")
    known = target.settings.get("services_options_known") or []
    if not isinstance(known, (list, tuple)) or not all(isinstance(name, str) for name in known):
        yield target.problem("services_options_known", "is not a list of texts.", "Write a list of section.option.")
