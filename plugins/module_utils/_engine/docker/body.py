# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of C(POST /containers/create) for a container, and its digest. Pure.

Source: Docker API 1.40, ContainerCreate. The content and form of this request decide the digest in the label
novafleet.spec: a field that is added, left out or written otherwise replaces every container in the field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LABEL_SERVICE, LABEL_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec

# The files of json-file grow permanently without these. No other driver but local knows them; none takes any option,
# and keeps these, as the digests of containers that exist have them.
LOG_OPTIONS = {driver: {"max-size": "10m", "max-file": "3"} for driver in ("json-file", "local", "none")}

# Docker counts in nanoseconds (Docker API 1.40, HealthConfig).
NANOSECONDS = 10**9


def create_body(spec: ContainerSpec) -> dict[str, Any]:
    """Body of the request that creates a container, our labels included where it belongs to a fleet."""
    return labelled(unlabelled(spec), spec)


def digest(spec: ContainerSpec) -> str:
    """As Engine.digest() says."""
    return digest_of(unlabelled(spec))


def labelled(body: dict[str, Any], spec: ContainerSpec) -> dict[str, Any]:
    """The body with our labels, where its container belongs to a fleet."""
    if not spec.fleet:
        return body
    own = {LABEL_FLEET: spec.fleet, LABEL_SERVICE: spec.service, LABEL_SPEC: digest_of(body)}
    return {**body, "Labels": {**body["Labels"], **own}}


def digest_of(body: dict[str, Any]) -> str:
    """Digest of a body without our labels."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def unlabelled(spec: ContainerSpec) -> dict[str, Any]:
    """The body without our labels."""
    settings = spec.settings
    body = {
        "Image": spec.image,
        "User": settings["user"],
        "Env": sorted(f"{key}={value}" for key, value in settings["environment"].items()),
        "Labels": {key: str(value) for key, value in settings["labels"].items()},
        "StopTimeout": settings["stop_timeout"],
        "HostConfig": _host_config(spec),
    }
    if settings.get("entrypoint"):
        body["Entrypoint"] = list(settings["entrypoint"])
    if spec.command:
        body["Cmd"] = list(spec.command)
    if settings.get("healthcheck"):
        body["Healthcheck"] = healthcheck(settings["healthcheck"])
    return body


def healthcheck(check: Mapping[str, Any]) -> dict[str, Any]:
    """A test without Docker's own first word (CMD, CMD-SHELL, NONE) is a command and its arguments."""
    test = list(check["test"])
    return {
        "Test": test if test[:1] in (["CMD"], ["CMD-SHELL"], ["NONE"]) else ["CMD", *test],
        "Interval": int(check["interval"] * NANOSECONDS),
        "Timeout": int(check["timeout"] * NANOSECONDS),
        "StartPeriod": int(check["start_period"] * NANOSECONDS),
        "Retries": check["retries"],
    }


def _host_config(spec: ContainerSpec) -> dict[str, Any]:
    settings = spec.settings
    config = {
        "NetworkMode": settings["network_mode"],
        "ReadonlyRootfs": settings["read_only"],
        "Init": settings["init"],
        "CapDrop": settings["cap_drop"],
        "CapAdd": settings["cap_add"],
        "SecurityOpt": settings["security_opt"],
        "Mounts": _mounts(spec),
        "Tmpfs": texts(settings["tmpfs"]),
        "RestartPolicy": {"Name": settings["restart_policy"]},
        "LogConfig": log_config(settings["log"]),
        "Devices": [_device(device) for device in settings["devices"]],
        "Ulimits": [
            {"Name": key, "Soft": int(value), "Hard": int(value)} for key, value in sorted(settings["ulimits"].items())
        ],
    }
    optional = {
        "PidsLimit": settings["pids_limit"],
        "Memory": settings["memory"],
        "CpuShares": settings["cpu_shares"],
        "Runtime": settings["runtime"],
        "UsernsMode": settings["userns_mode"],
    }
    config.update({key: value for key, value in optional.items() if value})
    return config


def log_config(log: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are given are all; otherwise those that bound the log, where the driver has any."""
    options = log.get("options")
    return {"Type": log["driver"], "Config": texts(LOG_OPTIONS.get(log["driver"], {}) if options is None else options)}


def texts(options: Mapping[str, Any]) -> dict[str, str]:
    """Docker takes strings only; YAML gives numbers too."""
    return {key: "" if value is None else str(value) for key, value in options.items()}


def _mounts(spec: ContainerSpec) -> list[dict[str, Any]]:
    mounts = [bind(mount["source"], mount["target"], mount.get("read_only", True)) for mount in spec.settings["mounts"]]
    files = [bind(spec.files, spec.settings["files_target"], True)] if spec.files else []
    return files + mounts


def bind(source: str, target: str, read_only: bool) -> dict[str, Any]:
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": read_only}


def _device(text: str) -> dict[str, Any]:
    """Docker's command-line notation: /dev/host[:/dev/container[:rwm]]."""
    host, inside, rights = [*text.split(":"), "", ""][:3]
    return {"PathOnHost": host, "PathInContainer": inside or host, "CgroupPermissions": rights or "rwm"}
