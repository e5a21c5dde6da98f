# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a file that nova names comes from: the controller, the Docker host, or the image.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILES_TARGET


@dataclass(frozen=True)
class ServiceContainer:
    """A service's container, as far as files in it matter.

    Attributes:
        mounts: dicts with source and target.
        environment: environment variables.
        delivered: path in the container -> text of a file that this collection puts there.
    """

    mounts: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    delivered: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any], files: Mapping[str, str] | None = None) -> ServiceContainer:
        """A container by its settings.

        Args:
            settings: as the module containers has them.
            files: name -> text of what the service gets beside its nova.conf.
        """
        directory = settings.get("files_target") or FILES_TARGET
        return cls(
            tuple(settings.get("mounts") or ()),
            settings.get("environment") or {},
            {f"{directory}/{name}": text for name, text in (files or {}).items()},
        )

    def certificates(self, path: str) -> dict[str, Any]:
        """Where a file with certificates or a key is, as the module preflight takes it.

        Returns:
            dict with authority, its text if the controller has it, or ""; ca_file, its path on the Docker host, or
            None; ca_in_image, whether it is out of sight.
        """
        if path in self.delivered:
            return dict(authority=self.delivered[path], ca_file=None, ca_in_image=False)
        there = on_host(path, self.mounts)
        return dict(authority="", ca_file=there, ca_in_image=bool(path) and there is None)


def on_host(path: str, mounts: Iterable[Mapping[str, Any]]) -> str | None:
    """Translate a path in the container to one on the Docker host, or None where no mount holds it.

    Args:
        path: in the container.
        mounts: dicts with source and target.
    """
    for mount in sorted(mounts, key=lambda mount: len(mount["target"]), reverse=True):
        inside = mount["target"].rstrip("/")
        if path == inside or path.startswith(inside + "/"):
            return mount["source"].rstrip("/") + path[len(inside) :]
    return None
