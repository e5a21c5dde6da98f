# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container settings that Swarm's API lacks. Pure. What it would ignore is refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.tmpfs import refused_options

# Docker API 1.44 (engine 25): ContainerSpec.Privileges.NoNewPrivileges.
NO_NEW_PRIVILEGES = (1, 44)
Settings = Mapping[str, Any]


def refusals(settings: Settings, api: tuple[int, ...]) -> list[str]:
    """Settings that a service of the swarm cannot have, each with the reason and a fix.

    Args:
        settings: container settings.
        api: version of the manager's API.
    """
    return [problem for check in CHECKS for problem in check(settings, api)]


def _lacking(key: str, problem: str) -> Callable[[Settings, tuple[int, ...]], Iterator[str]]:
    def check(settings: Settings, _api: tuple[int, ...]) -> Iterator[str]:
        if settings.get(key):
            yield f"{key}: {problem}"

    return check


def _security(settings: Settings, api: tuple[int, ...]) -> Iterator[str]:
    for option in settings["security_opt"]:
        if option != "no-new-privileges":
            yield f"security_opt: Swarm's API takes no-new-privileges only, and not {option}. Remove it."
        elif api < NO_NEW_PRIVILEGES:
            yield (
                "security_opt: no-new-privileges needs Docker API 1.44 (Docker 25) on the managers, which have "
                f"{'.'.join(map(str, api))}. Upgrade them, or set security_opt: [] here and no-new-privileges: true in "
                "/etc/docker/daemon.json of every node."
            )


def _tmpfs(settings: Settings, _api: tuple[int, ...]) -> Iterator[str]:
    for path, options in sorted(settings["tmpfs"].items()):
        for word in refused_options(options):
            yield f"tmpfs.{path}: Swarm's API takes size and mode only, and not {word}. Remove it."


CHECKS = (
    _lacking("devices", "Swarm's API has no devices. Run this service without Swarm (module containers)."),
    _lacking(
        "runtime",
        "Swarm's API takes no runtime for a service, so the density profile does not work. Leave it out, or set "
        "default-runtime in /etc/docker/daemon.json of every node.",
    ),
    _lacking("cpu_shares", "Swarm's API has no CPU weights. Set it to 0."),
    _lacking("userns_mode", "Swarm's API cannot exclude a service from user remapping. Leave it out."),
    _security,
    _tmpfs,
)
