# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that Podman accepts and then ignores or does differently, and what it says of settings that it refuses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    ContainerSpec,
    EngineError,
    Rejected,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import errors
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.body import LOG_OPTIONS

SYSTEMD = "/run/systemd/system"
SETTINGS = "in the container settings (services_container)"
# Podman answers 500 to every problem of a container (pkg/api/handlers/compat/containers_create.go).
REFUSED = re.compile(r"^(container create|fill out specgen|make cli opts\(\)): ")
# What has nothing to do with the container's settings.
TROUBLE = re.compile(r"no space left|input/output error|already in use|database|locked", re.IGNORECASE)
FIXES = (
    (
        r"container-init binary",
        f"Install the package catatonit, which role novafleet.compute.docker_host does, or set init: false {SETTINGS}.",
    ),
)


def problems(spec: ContainerSpec) -> Iterator[tuple[str, str]]:
    """What Podman would not refuse.

    Yields:
        What is wrong, and its fix.
    """
    settings = spec.settings
    yield from _of_log(settings["log"])
    for mount in settings["mounts"]:
        if not os.path.exists(mount["source"]):
            # Podman makes a directory there.
            yield f"bind source path does not exist: {mount['source']}", f"Make it, or correct mounts {SETTINGS}."
    if settings.get("healthcheck") and not os.path.isdir(SYSTEMD):
        yield (
            "Podman runs health checks by timers of systemd, which does not run on this Docker host",
            f"Leave healthcheck out {SETTINGS}.",
        )
    if settings["runtime"]:
        yield (
            f"Podman's API takes no OCI runtime, and runtime is {settings['runtime']}",
            "Set runtime in /etc/containers/containers.conf, and leave services_density and runtime out.",
        )


def _of_log(log: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    driver, known = log["driver"], LOG_OPTIONS.get(log["driver"])
    if known is None:
        yield (
            f"Podman has no log driver {driver}",
            f"Correct log.driver or log.options {SETTINGS}: Podman has {', '.join(LOG_OPTIONS)}.",
        )
        return
    unknown = sorted(set(log.get("options") or ()) - known)
    if unknown:
        words = ", ".join(unknown)
        yield f"Podman's log driver {driver} has no option {words}", f"Correct log.driver or log.options {SETTINGS}."


def require(spec: ContainerSpec) -> None:
    """Raises:
    Rejected: with all problems.
    """
    found = list(problems(spec))
    if found:
        reasons, fixes = zip(*found)
        reason = "; ".join(reasons)
        raise Rejected(reason, reason, " ".join(dict.fromkeys(fixes)))


def rejection(error: EngineError) -> EngineError:
    """The Rejected that an error is, if Podman says that a container's settings are wrong; else the error itself."""
    reason = errors.explanation(error.__cause__) if error.__cause__ else ""
    if not REFUSED.match(reason) or TROUBLE.search(reason):
        return error
    words = REFUSED.sub("", reason)
    fix = next((text for pattern, text in FIXES if re.search(pattern, words)), "")
    return Rejected(str(error), words, fix or errors.fix(words))
