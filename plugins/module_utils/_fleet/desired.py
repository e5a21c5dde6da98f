# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service should be: the container of one nova-compute, as data.

Pure: no Docker, no files.  The body that Docker gets is built here and nowhere else, and its
digest decides whether a running container still is what was asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    CONTAINER_NAME,
    FILE_NAME,
    FILES_TARGET,
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_SPEC,
    NEXT_SUFFIX,
    SERVICE_NAME,
)

# The leading zero is asked for, as YAML makes the number 416 of an unquoted 0640.
MODE = re.compile(r"0[0-7]{3}")

MOUNT_ARGUMENT_SPEC = dict(
    source=dict(type="path", required=True),
    target=dict(type="str", required=True),
    read_only=dict(type="bool", default=True),
)

LOG_DRIVER = "json-file"
# The files of json-file grow permanently without these. No other driver but local knows them; none takes any option,
# and keeps these, as the digests of containers that exist have them.
LOG_OPTIONS = {driver: {"max-size": "10m", "max-file": "3"} for driver in (LOG_DRIVER, "local", "none")}

LOG_ARGUMENT_SPEC = dict(
    driver=dict(type="str", default=LOG_DRIVER),
    options=dict(type="dict"),
)

# Docker counts in nanoseconds (Docker API 1.40, HealthConfig).
NANOSECONDS = 10**9

HEALTHCHECK_ARGUMENT_SPEC = dict(
    test=dict(type="list", elements="str", required=True),
    interval=dict(type="float", default=60),
    timeout=dict(type="float", default=10),
    start_period=dict(type="float", default=0),
    retries=dict(type="int", default=3),
)

# The container policy; DOCUMENTATION of the module containers says what each is for.
CONTAINER_ARGUMENT_SPEC = dict(
    user=dict(type="str", default="162:162"),
    network_mode=dict(type="str", default="host"),
    read_only=dict(type="bool", default=True),
    init=dict(type="bool", default=True),
    cap_drop=dict(type="list", elements="str", default=["ALL"]),
    cap_add=dict(type="list", elements="str", default=[]),
    security_opt=dict(type="list", elements="str", default=["no-new-privileges"]),
    entrypoint=dict(type="list", elements="str"),
    files_target=dict(type="str", default=FILES_TARGET),
    mounts=dict(type="list", elements="dict", default=[], options=MOUNT_ARGUMENT_SPEC),
    tmpfs=dict(type="dict", default={"/tmp": "rw,size=64m,mode=1777"}),
    environment=dict(type="dict", default={}),
    devices=dict(type="list", elements="str", default=[]),
    ulimits=dict(type="dict", default={}),
    pids_limit=dict(type="int", default=0),
    memory=dict(type="int", default=0),
    cpu_shares=dict(type="int", default=0),
    runtime=dict(type="str", default=""),
    userns_mode=dict(type="str", default="", choices=["", "host"]),
    stop_timeout=dict(type="int", default=180),
    restart_policy=dict(type="str", default="unless-stopped", choices=["unless-stopped", "always", "no"]),
    log=dict(type="dict", default={}, options=LOG_ARGUMENT_SPEC, apply_defaults=True),
    healthcheck=dict(type="dict", options=HEALTHCHECK_ARGUMENT_SPEC),
    labels=dict(type="dict", default={}),
)


@dataclass(frozen=True)
class File:
    """One file of a service, relative to its directory; the content itself stays on the controller."""

    path: str
    sha256: str
    mode: int = 0o640
    immutable: bool = False


@dataclass(frozen=True)
class Service:
    """Desired state of one service: its container's body, the body's digest, and its files."""

    name: str
    container: str
    image: str
    config: dict
    digest: str
    files: tuple = ()
    stop_timeout: int = 180


def service(entry, policy, fleet, prefix, config_dir):
    """Build the desired state of one service.

    Args:
        entry: dict with name, image, command (list or None), files (list of dict), container (overrides).
        policy: dict with the keys of CONTAINER_ARGUMENT_SPEC.
        fleet: str, the fleet the service belongs to.
        prefix: str, put before the service's name to name its container.
        config_dir: str, directory on the Docker host that holds a directory a service.

    Returns:
        Service
    """
    policy = _overridden(policy, entry.get("container") or {})
    files = tuple(sorted((_file(item) for item in entry.get("files") or ()), key=lambda item: item.path))
    config = _body(entry, policy, config_dir if files else None)
    digest = _digest(config)
    config["Labels"] = dict(config["Labels"], **{LABEL_FLEET: fleet, LABEL_SERVICE: entry["name"], LABEL_SPEC: digest})
    return Service(
        name=entry["name"],
        container=prefix + entry["name"],
        image=entry["image"],
        config=config,
        digest=digest,
        files=files,
        stop_timeout=policy["stop_timeout"],
    )


def _overridden(policy: dict, override: dict) -> dict:
    """The policy of one service; of log, a part may be overridden."""
    merged = dict(policy, **{key: value for key, value in override.items() if value is not None})
    if override.get("log"):
        given = {key: value for key, value in override["log"].items() if value is not None}
        # Another driver's options are of no use to this one.
        same = given.get("driver", policy["log"]["driver"]) == policy["log"]["driver"]
        merged["log"] = dict(policy["log"] if same else {}, **given)
    return merged


def runtime_of(one):
    """Name of the OCI runtime that a Service asks for, empty where it takes the engine's default."""
    return one.config["HostConfig"].get("Runtime", "")


def _file(item):
    return File(item["path"], item["sha256"], int(item.get("mode") or "0640", 8), bool(item.get("immutable")))


def _body(entry, policy, config_dir):
    """Body of POST /containers/create; source: Docker API 1.40, ContainerCreate."""
    body = {
        "Image": entry["image"],
        "User": policy["user"],
        "Env": sorted(f"{key}={value}" for key, value in policy["environment"].items()),
        "Labels": {key: str(value) for key, value in policy["labels"].items()},
        "StopTimeout": policy["stop_timeout"],
        "HostConfig": _host_config(entry["name"], policy, config_dir),
    }
    if policy.get("entrypoint"):
        body["Entrypoint"] = list(policy["entrypoint"])
    if entry.get("command"):
        body["Cmd"] = list(entry["command"])
    if policy.get("healthcheck"):
        body["Healthcheck"] = _healthcheck(policy["healthcheck"])
    return body


def _healthcheck(check):
    """A test without Docker's own first word (CMD, CMD-SHELL, NONE) is a command and its arguments."""
    test = list(check["test"])
    return {
        "Test": test if test[:1] in (["CMD"], ["CMD-SHELL"], ["NONE"]) else ["CMD", *test],
        "Interval": int(check["interval"] * NANOSECONDS),
        "Timeout": int(check["timeout"] * NANOSECONDS),
        "StartPeriod": int(check["start_period"] * NANOSECONDS),
        "Retries": check["retries"],
    }


def _host_config(name, policy, config_dir):
    config = {
        "NetworkMode": policy["network_mode"],
        "ReadonlyRootfs": policy["read_only"],
        "Init": policy["init"],
        "CapDrop": policy["cap_drop"],
        "CapAdd": policy["cap_add"],
        "SecurityOpt": policy["security_opt"],
        "Mounts": _mounts(name, policy, config_dir),
        "Tmpfs": _texts(policy["tmpfs"]),
        "RestartPolicy": {"Name": policy["restart_policy"]},
        "LogConfig": _log_config(policy["log"]),
        "Devices": [_device(device) for device in policy["devices"]],
        "Ulimits": [
            {"Name": key, "Soft": int(value), "Hard": int(value)} for key, value in sorted(policy["ulimits"].items())
        ],
    }
    optional = {
        "PidsLimit": policy["pids_limit"],
        "Memory": policy["memory"],
        "CpuShares": policy["cpu_shares"],
        "Runtime": policy["runtime"],
        "UsernsMode": policy["userns_mode"],
    }
    config.update({key: value for key, value in optional.items() if value})
    return config


def _log_config(log: dict) -> dict:
    """Options that are given are all; otherwise those that bound the log, where the driver has any."""
    options = log.get("options")
    return {"Type": log["driver"], "Config": _texts(LOG_OPTIONS.get(log["driver"], {}) if options is None else options)}


def _texts(options):
    """Docker takes strings only; YAML gives numbers too."""
    return {key: "" if value is None else str(value) for key, value in options.items()}


def _mounts(name, policy, config_dir):
    mounts = [_bind(mount["source"], mount["target"], mount.get("read_only", True)) for mount in policy["mounts"]]
    if config_dir:
        mounts.insert(0, _bind(f"{config_dir}/{name}", policy["files_target"], True))
    return mounts


def _bind(source, target, read_only):
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": read_only}


def _device(text):
    """Docker's command-line notation: /dev/host[:/dev/container[:rwm]]."""
    host, inside, rights = [*text.split(":"), "", ""][:3]
    return {"PathOnHost": host, "PathInContainer": inside or host, "CgroupPermissions": rights or "rwm"}


def _digest(config):
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def policy_problems(policy):
    """Check what the argument spec cannot: the values of dicts.

    Args:
        policy: dict with keys of CONTAINER_ARGUMENT_SPEC.

    Returns:
        list of str, each begins with the option's name.
    """
    limits = policy.get("ulimits") or {}
    wrong = sorted(name for name, value in limits.items() if not re.fullmatch(r"-1|\d+", str(value)))
    return [f"ulimits.{name}: {limits[name]!r} is no number: give one, or -1 for no limit." for name in wrong]


def problems(entries, prefix):
    """Check the list of services as a whole.

    Args:
        entries: list of dict as service() takes them.
        prefix: the container prefix.

    Returns:
        list of str, one a problem; empty when there is none.
    """
    found, seen = [], {}
    for index, entry in enumerate(entries):
        name = entry["name"]
        if not (SERVICE_NAME.fullmatch(name) and CONTAINER_NAME.fullmatch(prefix + name)):
            found.append(
                f"services[{index}].name {name!r} cannot name a container: use letters, digits, '_', '.' and '-'."
            )
        elif name.endswith(NEXT_SUFFIX):
            found.append(f"services[{index}].name {name!r}: {NEXT_SUFFIX} marks containers that wait to take over.")
        if name in seen:
            found.append(
                f"services[{index}] and services[{seen[name]}] have the same name {name!r}: give each its own."
            )
        seen.setdefault(name, index)
        if not entry.get("image"):
            found.append(f"services[{index}] ({name}) has no image: set image for it or for the whole call.")
        found.extend(_file_problems(index, name, entry.get("files") or ()))
    return found


def _file_problems(index, name, files):
    paths = [item["path"] for item in files]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield f"services[{index}] ({name}): file {path!r} is listed twice: leave one."
    for item in files:
        if not FILE_NAME.fullmatch(item["path"]):
            yield f"services[{index}] ({name}): file {item['path']!r} must be a plain name: not hidden, no directories."
        if not MODE.fullmatch(str(item.get("mode") or "0640")):
            yield f"services[{index}] ({name}): mode {item['mode']!r} of {item['path']} must be octal, such as '0640'."
