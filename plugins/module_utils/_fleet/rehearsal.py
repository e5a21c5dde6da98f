# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an engine takes the containers that are about to be created, found out before anything is changed.

Which log options, capabilities, limits and name spaces an engine takes depends on its version, its configuration and
its plug-ins.  Only the engine knows, and says so when a container is created: so one of each kind is, and is removed.
"""

from __future__ import annotations

import json
import os
import re

from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    EngineError,
    Rejected,
    Unanswered,
)

CREATING = frozenset(["create", "recreate"])
JOURNAL = "/run/systemd/journal/socket"
# Files of these types can be read by confined containers (container-selinux; the second is its former name).
READABLE = re.compile(r":(container_file_t|container_ro_file_t|svirt_sandbox_file_t):")

# What engines say (moby: daemon/container*.go, daemon/logger, volume/mounts) and what to do about it.
CURES = (
    (
        r"user namespaces (are )?enabled",
        "The engine remaps users (userns-remap), which a container in the host's network cannot be. Set userns_mode: "
        "host in the container settings (services_container), which leaves these containers out of it.",
    ),
    (
        r"log[ -]?(opt|driver)|logg|-address",
        "Correct log.driver or log.options in the container settings (services_container).",
    ),
    (r"bind source path does not exist", "Make it, or correct mounts in the container settings (services_container)."),
)
OTHER_CURE = "Correct the container settings (services_container)."
SELINUX_CURE = (
    "Label the directory: semanage fcontext -a -t container_file_t '{directory}(/.*)?', mkdir -p {directory}, "
    "restorecon -R {directory}. Or leave these containers out of it: security_opt: [no-new-privileges, label=disable]."
)


def problems(engine: object, steps: tuple, image_ids: dict, config_dir: str) -> list:
    """Ask the engine about every kind of container that a plan creates.

    Args:
        engine: Engine of this machine.
        steps: tuple of Step.
        image_ids: dict, image -> id or None; what lacks its image is left out, as the plan tells that.
        config_dir: directory of the services' files.

    Returns:
        list of str

    Raises:
        Unanswered: the engine does not answer.
    """
    wanted = [step.desired for step in steps if step.action in CREATING and image_ids.get(step.desired.image)]
    if not wanted:
        return []
    refused = {}
    for body, names in _kinds(wanted, config_dir):
        refused.setdefault(_rejection(engine, body), []).extend(names)
    told = [_sentence(reason, names) for reason, names in refused.items() if reason]
    return told + _unreadable(engine, wanted, config_dir) + _no_journal(wanted)


def _kinds(wanted: list, config_dir: str) -> list:
    """Container bodies without what is a single service's, each with the names of its services."""
    kinds = {}
    for service in wanted:
        body = _common(service, config_dir)
        # Whatever a service runs, and with which variables, is nothing to the engine.
        kind = json.dumps({key: value for key, value in body.items() if key not in ("Cmd", "Env")}, sort_keys=True)
        kinds.setdefault(kind, (body, []))[1].append(service.name)
    return list(kinds.values())


def _common(service: object, config_dir: str) -> dict:
    """Without our labels, as it is no container of the fleet, and without its files, which are not there yet."""
    host, own = service.config["HostConfig"], f"{config_dir}/{service.name}"
    mounts = [mount for mount in host["Mounts"] if mount["Source"] != own]
    return dict(service.config, Labels={}, HostConfig=dict(host, Mounts=mounts))


def _rejection(engine: object, body: dict) -> str:
    """The engine's own words, or "" where it takes the container."""
    try:
        engine.rehearse(body)
    except Rejected as error:
        return error.reason.strip().rstrip(".")
    except Unanswered:
        raise
    except EngineError:
        # A full disk, say: the services themselves report it, each for itself.
        return ""
    return ""


def _sentence(reason: str, names: list) -> str:
    cure = next((cure for words, cure in CURES if re.search(words, reason, re.IGNORECASE)), OTHER_CURE)
    return f"container settings, which {_whose(names)}, are refused by this Docker host's engine: {reason}. {cure}"


def _unreadable(engine: object, wanted: list, config_dir: str) -> list:
    confined = [
        service.name
        for service in wanted
        if service.files
        and not any(option.startswith("label") for option in service.config["HostConfig"]["SecurityOpt"])
    ]
    if not confined or "selinux" not in engine.security() or READABLE.search(_label(config_dir)):
        return []
    cure = SELINUX_CURE.format(directory=config_dir)
    return [f"{config_dir}: SELinux confines the containers, which {_whose(confined)}, to files of other types. {cure}"]


def _label(path: str) -> str:
    """SELinux label of the path, or of the nearest directory above it that is there."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    try:
        return os.getxattr(path, "security.selinux").decode()
    except OSError:
        return ""


def _no_journal(wanted: list) -> list:
    names = [one.name for one in wanted if one.config["HostConfig"]["LogConfig"]["Type"] == "journald"]
    if not names or os.path.exists(JOURNAL):
        return []
    return [
        f"log.driver journald, which {_whose(names)}, has no journal to write to on this Docker host ({JOURNAL}). "
        "Choose another log.driver in the container settings (services_container)."
    ]


def _whose(names: list) -> str:
    return f"{min(names)} and {len(names) - 1} others need" if len(names) > 1 else f"{names[0]} needs"
