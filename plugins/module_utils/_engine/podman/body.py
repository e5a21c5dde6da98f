# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of C(POST /containers/create) as Podman understands it, and its digest. Pure.

Sources: podman, pkg/api/handlers/compat/containers_create.go and pkg/util/mountOpts.go, of 4.3 and 5.4. As with Docker,
the content and form of this request decide the digest in the label novafleet.spec.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import body as docker_body

# Before 5.6, only containers with this policy are started after a boot (podman-restart.service). In all other respects
# Podman takes unless-stopped for the same.
RESTART_POLICIES = {"unless-stopped": "always"}
# Both write the same format, and only one file.
FILE_DRIVERS = frozenset(["json-file", "k8s-file"])
FILE_OPTIONS = {"max-size": "10m"}
# What else Podman takes, it ignores.
LOG_OPTIONS: dict[str, frozenset[str]] = {
    "json-file": frozenset(["max-size", "path"]),
    "k8s-file": frozenset(["max-size", "path"]),
    "journald": frozenset(["tag"]),
    "none": frozenset(),
}
# What Podman does not take of tmpfs(5), and the mode that makes up for it.
OWNERS = ("uid=", "gid=")
EVERYONE = "mode=1777"


def create_body(spec: ContainerSpec) -> dict[str, Any]:
    """Body of the request that creates a container, our labels included where it belongs to a fleet."""
    return docker_body.labelled(_body(spec), spec)


def digest(spec: ContainerSpec) -> str:
    """As Engine.digest() says."""
    return docker_body.digest_of(_body(spec))


def _body(spec: ContainerSpec) -> dict[str, Any]:
    body = docker_body.unlabelled(spec)
    host = body["HostConfig"]
    policy = host["RestartPolicy"]["Name"]
    host.update(
        RestartPolicy={"Name": RESTART_POLICIES.get(policy, policy)},
        LogConfig=_log_config(host["LogConfig"], spec.settings["log"]),
        Tmpfs={path: _tmpfs(options) for path, options in host["Tmpfs"].items()},
    )
    if "Healthcheck" in body:
        body["Healthcheck"]["Test"] = _test(body["Healthcheck"]["Test"])
    return body


def _log_config(config: Mapping[str, Any], log: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are given are all; otherwise one that bounds the log's only file."""
    if log.get("options") is not None:
        return dict(config)
    return {"Type": config["Type"], "Config": dict(FILE_OPTIONS) if config["Type"] in FILE_DRIVERS else {}}


def _tmpfs(options: str) -> str:
    """Mount options without an owner: in a container of one user, a mode for everyone comes to the same.

    Without notmpcopyup, Podman copies what the image has there at each start, which Docker does not.
    """
    words = [word for word in options.split(",") if word]
    kept = [word for word in words if not word.startswith(OWNERS)]
    if kept != words:
        kept = [word for word in kept if not word.startswith("mode=")] + [EVERYONE]
    return ",".join([*kept, "notmpcopyup"])


def _test(test: list[str]) -> list[str]:
    """Podman joins the words of a test, and splits them at blanks, unless they are a list in JSON."""
    if test[0] != "CMD":
        return test
    return [json.dumps(test[1:])] if len(test) > 2 else [shlex.quote(word) for word in test[1:]]
