# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Podman answers at a Docker-compatible socket. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError

# podman: pkg/api/handlers/compat/version.go
COMPONENT = "Podman Engine"
# The oldest one that the tests run on.
FLOOR = (4, 3)


def release(version: Mapping[str, Any]) -> str | None:
    """Podman's release, such as 4.3.1; None for another engine.

    Args:
        version: the answer to C(GET /version).
    """
    return next(_releases(version), None)


def _releases(version: Mapping[str, Any]) -> Iterator[str]:
    for component in version.get("Components") or ():
        if component.get("Name") == COMPONENT:
            yield str(component.get("Version") or "")


def require_release(found: str) -> None:
    """Raises:
    EngineError: the release is below the floor.
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
    if numbers < FLOOR:
        floor = ".".join(map(str, FLOOR))
        raise EngineError(f"The engine is Podman {found}, novafleet.compute needs {floor} or newer. Upgrade Podman.")
